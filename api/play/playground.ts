/** What the page `/play` may touch. Only a composition root whose Altegio is our own sandbox makes one. */

/** The worker of this process as the page may treat it. */
export interface RestingWorker {
  /** Stops it at once and starts it again by itself `ms` milliseconds later; nothing while it rests already. */
  rest(ms: number): void;
  /** Milliseconds until it comes back; null while it works. */
  backInMs(): number | null;
}

/** See the file's header. */
export interface Playground {
  /** The sandbox's own door, ends in `/control`. */
  readonly controlUrl: string;
  /** The sandbox's page, where people act as salon staff. */
  readonly salonUrl: string;
  /** The key of the sandbox's till; null until the first set-up has made it. */
  tillKey(): string | null;
  readonly worker: RestingWorker;
}
