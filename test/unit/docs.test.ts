// The documents against the code: what they name must exist.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FailureType } from '../../activities/altegio/failures.ts';
import { packageRoot } from '../../worker/paths.ts';
import { parseSettings, variableNames } from '../../worker/settings.ts';

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');
const docs = readdirSync(join(packageRoot, 'docs')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', 'CHANGELOG.md', ...docs.map((name) => `docs/${name}`)];

/** The rows of the table below a heading, cell by cell. */
function tableBelow(markdown: string, heading: string): string[][] {
  const section = markdown.split(new RegExp(`^#+ ${heading}$`, 'm'))[1]?.split(/^#+ /m)[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** GitHub's anchors of a page's headings. */
function anchors(markdown: string): string[] {
  const headings = [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title);
  return headings.map((title) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('README', () => {
  const readme = read('README.md');
  const rows = tableBelow(readme, 'Configuration');

  test('its table names every variable of the settings, in their order', () => {
    expect(rows.map(([name]) => name?.replaceAll('`', ''))).toEqual([...variableNames]);
  });

  test('its table states the defaults of the settings', () => {
    const defaults = parseSettings({}) as Record<string, string | number | undefined>;
    for (const [name = '', shown = ''] of rows) {
      const value = defaults[name.replaceAll('`', '')];
      const fixed = /^`(.+)`$/.exec(shown)?.[1];
      expect(fixed, name).toBe(value === undefined || value === '' ? undefined : `${value}`);
    }
  });

  test('every row says what the variable means', () => {
    expect(rows.filter(([, , meaning = '']) => meaning.length < 10)).toEqual([]);
  });

  test('W-17 its commands are those of package.json', () => {
    const { scripts, engines } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
    expect(readme).toContain('npm ci && npm start');
    expect(readme).toContain('npm run demo');
    const named = [...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    expect([...named, 'start', 'test'].filter((name) => !(name in (scripts ?? {})))).toEqual([]);
    const least = engines?.['node']?.replace('>=', '') ?? '';
    expect(readme).toContain(`Node ${least}`);
  });

  test('the folders it names are there', () => {
    const named = tableBelow(readme, 'Where things live').map(([name = '']) => name.replaceAll('`', ''));
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !existsSync(join(packageRoot, name)))).toEqual([]);
  });
});

describe.each(pages)('%s', (page) => {
  const text = read(page);

  test('its links lead to files and headings that exist', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = links.filter((target) => {
      if (/^(https?|mailto):/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(packageRoot, file))) return true;
      return anchor !== undefined && !anchors(read(file)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('it speaks of the product alone', () => {
    expect(text).not.toMatch(/\/work\/|\bissue #?\d|features\.md|\b[MWV]-\d\d\b/);
  });
});

test('pictures are light enough to be read on a phone, and each is shown somewhere', () => {
  const folder = join(packageRoot, 'docs', 'pictures');
  const pictures = readdirSync(folder);
  expect(pictures.filter((name) => statSync(join(folder, name)).size > 250_000)).toEqual([]);
  const all = pages.map(read).join('\n');
  expect(pictures.filter((name) => !all.includes(`pictures/${name}`))).toEqual([]);
});

test('the operator’s page explains every failure type', () => {
  const explained: Record<FailureType, true> = {
    AltegioThrottled: true,
    AltegioUnreachable: true,
    AltegioUnauthorised: true,
    AltegioNotFound: true,
    AltegioRefused: true,
    AltegioUnknownOutcome: true,
    WriteOpen: true,
    WriteInDoubt: true,
    Explaining: true,
    NoCardYet: true,
    Contended: true,
    WritingOff: true,
    NeedsOperator: true,
  };
  const rows = tableBelow(read('docs/operator.md'), 'What it waits for').map(([type = '']) => type.replaceAll('`', ''));
  expect(rows.toSorted()).toEqual(Object.keys(explained).toSorted());
});

test('headings that comments in the code point to exist in docs/altegio.md', () => {
  const headings = [...read('docs/altegio.md').matchAll(/^#+ (.+)$/gm)].map(([, title]) => title);
  const folders = ['activities', 'api', 'domain', 'workflows', 'worker'];
  const files = folders.flatMap((folder) =>
    readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  const pointed = files.flatMap((file) =>
    [...read(file).matchAll(/docs\/altegio\.md((?:, "[^"]+")+)/g)].flatMap(([, list = '']) =>
      [...list.matchAll(/"([^"]+)"/g)].map(([, title]) => title),
    ),
  );
  expect(pointed.length).toBeGreaterThan(5);
  expect(pointed.filter((title) => !headings.includes(title))).toEqual([]);
});
