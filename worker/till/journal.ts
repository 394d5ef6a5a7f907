/**
 * A till's journal: one file, one line an event, on the disk before the till goes on. After a power cut it is everything
 * that the till knows.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';

const fields = z.record(z.string(), z.unknown());

/** A sale was rung up. */
const rung = z.object({
  kind: z.literal('rung'),
  receipt: z.string(),
  /** Place in the salon's list. */
  customer: z.int(),
  /** What is to become of it. */
  ending: z.enum(['sale', 'capture', 'void', 'expire', 'offline']),
  /** The sale's body. */
  body: fields,
  /** The body of its second step. */
  last: fields,
});

/** A call is about to be sent, under that key. The same name stands for the same call, however often it is sent. */
const sent = z.object({
  kind: z.literal('sent'),
  call: z.string(),
  step: z.enum(['sale', 'authorize', 'capture', 'void', 'refund', 'batch']),
  /** Null for a batch. */
  receipt: z.string().nullable(),
  path: z.string(),
  key: z.string(),
  body: fields,
});

/** What was answered. */
const heard = z.object({ kind: z.literal('heard'), call: z.string(), status: z.int(), body: z.unknown() });

const line = z.discriminatedUnion('kind', [rung, sent, heard]);

/** One event. */
export type Line = z.infer<typeof line>;
export type Rung = z.infer<typeof rung>;
export type Sent = z.infer<typeof sent>;

/** Reads a journal's text. A last line without its end was cut off while it was written: it was never relied on. */
export function readLines(text: string): Line[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((one) => one !== '')
    .map((one) => line.parse(JSON.parse(one)));
}

/** See the file's header. */
export class Journal {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Opens a journal, or begins one, and answers what it holds. */
  static async open(path: string): Promise<{ journal: Journal; lines: Line[] }> {
    const file = await open(path, 'a+', 0o600);
    const text = await file.readFile('utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    // What comes next must not be appended to half a line.
    if (whole.length < text.length) await file.truncate(Buffer.byteLength(whole));
    return { journal: new Journal(file), lines: readLines(whole) };
  }

  /** Returns when the line is on the disk. */
  async write(entry: Line): Promise<void> {
    await this.#file.appendFile(`${JSON.stringify(entry)}\n`);
    await this.#file.sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
