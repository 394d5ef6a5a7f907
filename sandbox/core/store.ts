/**
 * Tables in memory over one append-only file. Every transaction is one line, written before its caller goes on, so a
 * SIGKILL loses nothing that was answered: at most the last, torn line, whose caller has had no answer.
 * (The kernel keeps what was written when the process dies; a power cut is not guarded against, hence no fsync.)
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Tables } from './model.ts';

type Kind = keyof Tables;
type Maps = { [K in Kind]: Map<number, Tables[K]> };
/** `[kind, id, row]`; a null id empties the whole table. Rows are never removed alone, only marked deleted. */
type Change = readonly [kind: Kind, id: number | null, row: Tables[Kind] | null];

/** The request log is for looking at, not a record: the oldest rows go first. */
const REQUESTS_KEPT = 50_000;

export class Store {
  readonly #maps: Maps;
  readonly #highest = new Map<Kind, number>();
  readonly #path: string;
  #file: number;
  #pending: Change[] = [];
  #undo: (() => void)[] = [];
  #open = false;

  /** Opens the folder's state, dropping a torn last line, and compacts it into a fresh file. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.#path = join(directory, 'sandbox.jsonl');
    this.#maps = {
      meta: new Map(),
      client: new Map(),
      card: new Map(),
      line: new Map(),
      record: new Map(),
      payment: new Map(),
      deposit: new Map(),
      hooks: new Map(),
      request: new Map(),
    };
    if (existsSync(this.#path)) this.#replay(readFileSync(this.#path, 'utf8'));
    this.#file = this.#compact();
  }

  /** One row, if it exists. */
  get<K extends Kind>(kind: K, id: number): Tables[K] | undefined {
    return this.#maps[kind].get(id);
  }

  /** All rows of a table, in the order in which they were first put. */
  all<K extends Kind>(kind: K): IterableIterator<Tables[K]> {
    return this.#maps[kind].values();
  }

  /** Reserves the next id of a table whose ids start above `base`; no id comes back, not even after a reset. */
  nextId(kind: Kind, base: number): number {
    const id = Math.max(base, this.#highest.get(kind) ?? 0) + 1;
    this.#highest.set(kind, id);
    return id;
  }

  put<K extends Kind>(kind: K, id: number, row: Tables[K]): void {
    this.#assertOpen();
    const before = this.#maps[kind].get(id);
    this.#undo.push(() => (before === undefined ? this.#maps[kind].delete(id) : this.#maps[kind].set(id, before)));
    this.#set(kind, id, row);
    this.#pending.push([kind, id, row]);
  }

  /** Empties a table. */
  clear(kind: Kind): void {
    this.#assertOpen();
    this.#clearWithUndo(kind);
    this.#pending.push([kind, null, null]);
  }

  /** Runs the changes and writes them as one line; a throw leaves memory and file as they were. */
  transaction<T>(run: () => T): T {
    if (this.#open) throw new Error('sandbox store: a transaction is already open');
    this.#open = true;
    try {
      // The write is part of the attempt: a full disk undoes the change in memory too.
      const result = this.attempt(() => {
        const outcome = run();
        if (this.#pending.length > 0) writeSync(this.#file, `${JSON.stringify(this.#pending)}\n`);
        return outcome;
      });
      this.#trimRequests();
      return result;
    } finally {
      this.#open = false;
      this.#pending = [];
      this.#undo = [];
    }
  }

  /** A part of a transaction that is undone alone when it throws. */
  attempt<T>(run: () => T): T {
    const mark = this.#pending.length;
    try {
      return run();
    } catch (error) {
      while (this.#undo.length > mark) this.#undo.pop()?.();
      this.#pending.length = mark;
      throw error;
    }
  }

  /** How many changes the open transaction holds so far. */
  get changes(): number {
    return this.#pending.length;
  }

  close(): void {
    closeSync(this.#file);
  }

  #set<K extends Kind>(kind: K, id: number, row: Tables[K]): void {
    const map: Map<number, Tables[K]> = this.#maps[kind];
    map.set(id, row);
    if (id > (this.#highest.get(kind) ?? 0)) this.#highest.set(kind, id);
  }

  #assertOpen(): void {
    if (!this.#open) throw new Error('sandbox store: a change needs a transaction');
  }

  #clearWithUndo<K extends Kind>(kind: K): void {
    const before = [...this.#maps[kind]];
    this.#undo.push(() => {
      for (const [id, row] of before) this.#maps[kind].set(id, row);
    });
    this.#maps[kind].clear();
  }

  #trimRequests(): void {
    const requests = this.#maps.request;
    for (const id of requests.keys()) {
      if (requests.size <= REQUESTS_KEPT) return;
      requests.delete(id);
    }
  }

  #replay(text: string): void {
    const lines = text.split('\n');
    // Every whole line ends with a line feed, so what follows the last one is torn (or empty).
    lines.pop();
    for (const line of lines) {
      for (const [kind, id, row] of JSON.parse(line) as Change[]) {
        if (id === null) this.#maps[kind].clear();
        else if (row !== null) this.#set(kind, id, row);
      }
    }
    this.#trimRequests();
  }

  #compact(): number {
    const fresh = `${this.#path}.new`;
    const file = openSync(fresh, 'w', 0o600);
    for (const kind of Object.keys(this.#maps) as Kind[]) {
      for (const [id, row] of this.#maps[kind]) writeSync(file, `${JSON.stringify([[kind, id, row]])}\n`);
    }
    // Renaming is atomic: a kill here leaves either the old file or the whole new one.
    renameSync(fresh, this.#path);
    return file;
  }
}
