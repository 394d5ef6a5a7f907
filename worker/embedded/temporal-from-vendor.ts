import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { placeExecutable } from './place-executable.ts';

/** What temporal.download answers: the same question the SDK's own test environment asks it. */
const downloadInfo = z.object({ archiveUrl: z.string(), fileToExtract: z.string() });

const platforms: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
const blockSize = 512;

/** Fetches the newest CLI from the vendor's own address. */
export async function downloadFromTemporal(target: string): Promise<void> {
  const query = new URLSearchParams({
    platform: platforms[process.platform] ?? process.platform,
    arch: process.arch === 'arm64' ? 'arm64' : 'amd64',
    format: 'tar.gz',
    'sdk-name': 'sdk-typescript',
    'sdk-version': '1.24.0',
  });
  const info = await get(`https://temporal.download/cli/default?${query.toString()}`, 20_000);
  const { archiveUrl, fileToExtract } = downloadInfo.parse(await info.json());
  const archive = await get(archiveUrl, 300_000);
  const tar = gunzipSync(Buffer.from(await archive.arrayBuffer()));
  await placeExecutable(target, fileFromTar(tar, fileToExtract));
}

/** Takes one file out of a tar archive. */
export function fileFromTar(tar: Buffer, name: string): Buffer {
  for (let at = 0; at + blockSize <= tar.length;) {
    const header = tar.subarray(at, at + blockSize);
    const size = Number.parseInt(textOf(header.subarray(124, 136)), 8) || 0;
    const body = at + blockSize;
    if (textOf(header.subarray(0, 100)).replace(/^\.\//, '') === name) return tar.subarray(body, body + size);
    at = body + Math.ceil(size / blockSize) * blockSize;
  }
  throw new Error(`${name} is not in the archive`);
}

async function get(url: string, timeoutMs: number): Promise<Response> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`${new URL(url).host} answered ${response.status}`);
  return response;
}

function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end).trim();
}
