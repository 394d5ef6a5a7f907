// The repository's own shape: what W-15, W-16 and W-20 promise, read from the files.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { packageRoot } from '../../worker/paths.ts';

const folders = ['api', 'workflows', 'activities', 'worker', 'domain', 'sandbox', 'console', 'test', 'bench', 'docs'];
const files = [
  'docker-compose.yml',
  'Dockerfile',
  'package.json',
  'tsconfig.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
];

/** Files of the project whether committed yet or not, without what git ignores; removed ones excluded. */
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: packageRoot,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(packageRoot, path)));
const sources = tracked.filter((path) => path.endsWith('.ts'));
const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');

test('W-15 the top level holds the named folders and files and nothing else', () => {
  const top = new Set(tracked.map((path) => path.split('/')[0] ?? ''));
  // npm's lock file belongs to package.json.
  const allowed = new Set([...folders, ...files, 'package-lock.json']);
  expect([...top].filter((name) => !allowed.has(name) && !name.startsWith('.'))).toEqual([]);
  expect(files.filter((name) => !top.has(name))).toEqual([]);
  for (const name of ['api', 'workflows', 'activities', 'worker', 'domain', 'sandbox', 'test']) {
    expect(top, name).toContain(name);
  }
});

test('W-16 the named packages stand in package.json and are imported', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const named = ['@temporalio/client', '@temporalio/worker', '@temporalio/workflow', '@temporalio/testing'];
  const imported = new Set(
    sources.flatMap((path) => ts.preProcessFile(read(path)).importedFiles.map((f) => f.fileName)),
  );
  for (const name of [...named, 'express', 'pg', 'zod', 'vitest']) {
    expect({ ...dependencies, ...devDependencies }, name).toHaveProperty([name]);
    expect(imported, name).toContain(name);
  }
});

test('W-20 the compiler is strict about types and array access', () => {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(packageRoot, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    packageRoot,
  );
  expect(options).toMatchObject({ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true });
});

test('W-20 money code never says any', () => {
  const money = sources.filter((path) => /^(domain|workflows|activities\/ledger)\//.test(path));
  expect(money.length).toBeGreaterThan(5);
  expect(money.flatMap(anyIn)).toEqual([]);
});

test('W-20 the check of any sees one that is planted', () => {
  const planted = ts.createSourceFile('planted.ts', 'const x: { a: any } = y as any;', ts.ScriptTarget.Latest, true);
  expect(anyNodes(planted)).toHaveLength(2);
});

function anyIn(path: string): string[] {
  const file = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true);
  return anyNodes(file).map((node) => `${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
}

function anyNodes(node: ts.Node): ts.Node[] {
  const found: ts.Node[] = node.kind === ts.SyntaxKind.AnyKeyword ? [node] : [];
  ts.forEachChild(node, (child) => void found.push(...anyNodes(child)));
  return found;
}
