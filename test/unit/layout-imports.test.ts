// Import directions and workflow rules are held by tools; these tests prove that the tools can fail.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../worker/paths.ts';

const bin = (name: string) => join(packageRoot, 'node_modules', '.bin', name);
const folders = ['api', 'workflows', 'activities', 'worker', 'domain', 'sandbox', 'docs'];
let planted: string;

beforeAll(() => {
  planted = mkdtempSync(join(tmpdir(), 'planted-'));
  symlinkSync(join(packageRoot, 'node_modules'), join(planted, 'node_modules'));
  for (const name of ['.oxlintrc.json', 'tsconfig.json']) cpSync(join(packageRoot, name), join(planted, name));
});
afterAll(() => rmSync(planted, { recursive: true, force: true }));

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(planted, path)), { recursive: true });
  writeFileSync(join(planted, path), text);
}

/** What dependency-cruiser finds: `rule from → to` lines, and how many modules of ours it saw. */
function cruise(cwd: string): { violations: string[]; modules: number } {
  const config = join(packageRoot, '.dependency-cruiser.cjs');
  const { stdout } = spawnSync(bin('depcruise'), ['--config', config, '--output-type', 'json', ...folders], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const { modules, summary } = JSON.parse(stdout) as {
    modules: { source: string }[];
    summary: { violations: { from: string; rule: { name: string } }[] };
  };
  return {
    violations: summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`),
    modules: modules.filter(({ source }) => folders.includes(source.split('/')[0] ?? '')).length,
  };
}

describe('import directions', () => {
  const wrong: [rule: string, path: string, text: string][] = [
    ['domain-imports', 'domain/up.ts', "import '../activities/a.ts';"],
    ['domain-is-pure', 'domain/file.ts', "import 'node:fs';"],
    ['domain-is-pure', 'domain/sql.ts', "import 'pg';"],
    ['workflows-imports', 'workflows/up.ts', "import '../api/a.ts';"],
    ['workflows-take-only-types-of-activities', 'workflows/value.ts', "import { a } from '../activities/a.ts'; a;"],
    ['activities-imports', 'activities/up.ts', "import '../workflows/a.ts';"],
    ['sandbox-imports', 'sandbox/type.ts', "import type { A } from '../domain/a.ts';\nexport type B = A;"],
    ['nothing-imports-the-sandbox', 'api/sandbox.ts', "import '../sandbox/a.ts';"],
    ['docs-imports', 'docs/client.ts', "import type { A } from '../api/a.ts';\nexport type B = A;"],
    ['resolvable', 'worker/nowhere.ts', "import './missing.ts';"],
  ];

  test('every planted violation is found, and nothing else', () => {
    for (const folder of folders) plant(`${folder}/a.ts`, 'export const a = 1;\nexport type A = number;\n');
    plant('workflows/type.ts', "import type { A } from '../activities/a.ts';\nexport type B = A;");
    for (const [, path, text] of wrong) plant(path, text);
    expect(cruise(planted).violations.toSorted()).toEqual(wrong.map(([rule, path]) => `${rule}: ${path}`).toSorted());
    for (const [, path] of wrong) rmSync(join(planted, path));
    expect(cruise(planted).violations).toEqual([]);
  });

  test('the real run sees the whole product', () => {
    expect(cruise(packageRoot).modules).toBeGreaterThan(30);
  });
});

describe('workflow code', () => {
  const wrong: Record<string, string> = {
    'no-clock': 'export const a = () => new Date();',
    'no-now': 'export const a = () => Date.now();',
    'no-random': 'export const a = () => Math.random();',
    'no-timer': 'export const a = () => setTimeout(() => {}, 1);',
    'no-fetch': "export const a = async () => await fetch('http://x');",
    'no-process': 'export const a = () => process.env;',
    'no-node': "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;",
  };

  test('W-19 may use no clock, no randomness and no I/O: the linter refuses each', () => {
    for (const [name, text] of Object.entries(wrong)) {
      plant(`workflows/${name}.ts`, text);
      plant(`api/${name}.ts`, text);
    }
    const found = lint('no-restricted').map((file) => file.replace(/\.ts$/, ''));
    expect(found.toSorted()).toEqual(
      Object.keys(wrong)
        .map((name) => `workflows/${name}`)
        .toSorted(),
    );
  });
});

test('a promise that nobody waits for is refused everywhere', () => {
  const text = 'async function a(): Promise<void> {}\nexport function b(): void {\n  a();\n}\n';
  for (const folder of folders) plant(`${folder}/floating.ts`, text);
  expect(lint('no-floating-promises').toSorted()).toEqual(folders.map((folder) => `${folder}/floating.ts`).toSorted());
});

/** The files in which oxlint reports a rule of that name. */
function lint(rule: string): string[] {
  const { stdout } = spawnSync(bin('oxlint'), ['--type-aware', '--format', 'json', ...folders], {
    cwd: planted,
    encoding: 'utf8',
  });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
  return [...new Set(diagnostics.filter(({ code }) => code.includes(rule)).map(({ filename }) => filename))];
}
