/** What has happened to a run's terminals, counted as it happens, and whether that makes the run count. */

/** What has to happen, by the name it has in the table, and how often in a run that counts. */
export const HAPPENINGS = {
  lost: { label: 'answers lost', least: 50 },
  sameKey: { label: 'sent again, same key', least: 50 },
  newKey: { label: 'sent again, new key', least: 50 },
  reboot: { label: 'reboots before a capture', least: 50 },
  capture: { label: 'captures', least: 50 },
  void: { label: 'voids', least: 10 },
  expiry: { label: 'holds left to expire', least: 10 },
  refund: { label: 'refunds by receipt', least: 10 },
  batch: { label: 'offline batches', least: 10 },
} as const;
export type Happening = keyof typeof HAPPENINGS;
const NAMES = Object.keys(HAPPENINGS) as Happening[];

/** A till is promised its answer in that time. */
export const PROMISED_MS = 4_000;
/** Runs of fewer minutes only say what is missing. */
export const COUNTED_FROM_MINUTES = 2;

/** How often each thing happened. */
export type Counts = Readonly<Record<Happening, number>>;

/** How the calls were answered. */
export interface Answers {
  readonly total: number;
  /** By status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Connections that broke although nobody had cut them, or stayed silent. */
  readonly broken: number;
  readonly late: number;
  readonly medianMs: number;
  readonly slowestMs: number;
}

/** See the file's header. */
export class Tally {
  readonly #counts = new Map<Happening, number>();
  readonly #statuses = new Map<number, number>();
  readonly #times: number[] = [];
  #broken = 0;

  count(happening: Happening, times = 1): void {
    this.#counts.set(happening, (this.#counts.get(happening) ?? 0) + times);
  }

  answered(status: number, ms: number): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    this.#times.push(ms);
  }

  broken(ms: number): void {
    this.#broken += 1;
    this.#times.push(ms);
  }

  get counts(): Counts {
    return Object.fromEntries(NAMES.map((name) => [name, this.#counts.get(name) ?? 0])) as Record<Happening, number>;
  }

  get answers(): Answers {
    const times = this.#times.toSorted((a, b) => a - b);
    const whole = (ms: number | undefined) => Math.round(ms ?? 0);
    return {
      total: times.length,
      statuses: Object.fromEntries([...this.#statuses].toSorted(([a], [b]) => a - b)),
      broken: this.#broken,
      late: times.filter((ms) => ms > PROMISED_MS).length,
      medianMs: whole(times[Math.floor(times.length / 2)]),
      slowestMs: whole(times.at(-1)),
    };
  }
}

/** What a run lacks to count, in words; nothing when it counts. */
export function missing(counts: Counts): string[] {
  return NAMES.filter((name) => counts[name] < HAPPENINGS[name].least).map(
    (name) => `${HAPPENINGS[name].label}: ${counts[name]} of ${HAPPENINGS[name].least}`,
  );
}

/** Whether the run is void: it was long enough to count, and does not. */
export function isVoid(counts: Counts, minutes: number): boolean {
  return minutes >= COUNTED_FROM_MINUTES && missing(counts).length > 0;
}

/** Which promises about answers were broken, in sentences. */
export function brokenPromises({ statuses, broken, late, slowestMs }: Answers): string[] {
  const faults = Object.entries(statuses).filter(([status]) => Number(status) >= 500 && status !== '503');
  return [
    ...faults.map(([status, times]) => `${times} answers had status ${status}.`),
    ...(broken > 0 ? [`${broken} calls were not answered at all.`] : []),
    ...(late > 0 ? [`${late} answers took over ${PROMISED_MS / 1_000} s, the slowest ${slowestMs} ms.`] : []),
  ];
}
