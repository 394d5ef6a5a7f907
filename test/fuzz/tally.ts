/** What came back: counted by door, and judged. */
import { z } from 'zod';

/** One answer, as hooks.py writes it. */
export const answerLine = z.object({
  door: z.string(),
  status: z.int(),
  code: z.string().nullable(),
  ms: z.int(),
  requestId: z.string().nullable(),
  request: z.string(),
});
export type AnswerLine = z.infer<typeof answerLine>;

/** What the document says of one door: its statuses, and the codes each may carry. */
export interface DoorDoc {
  readonly door: string;
  /** Empty where the answer is no problem. */
  readonly statuses: ReadonlyMap<number, ReadonlySet<string>>;
}

/** The numbers a run needs to count. */
export interface Needs {
  readonly cases: number;
  readonly good: number;
}

/** A till waits no longer. */
export const SLOWEST_MS = 4_000;
const REWARDS = 'GET /v1/rewards';

/** Why an answer must not be; null when it may. `faulty` while Altegio was made to fail. */
export function faultOf(line: AnswerLine, docs: ReadonlyMap<string, DoorDoc>, faulty: boolean): string | null {
  const { door, status, code, ms } = line;
  if (ms > SLOWEST_MS) return `took ${ms} ms`;
  if (status === 501 ? door !== REWARDS : [500, 502, 504].includes(status)) return `answered ${status}`;
  if (status === 503 && !faulty) return 'answered 503 while nothing was broken';
  const doc = docs.get(door);
  // The key is asked for before it is told which methods an address takes.
  if (!doc)
    return [405, 401, 404].includes(status) || (door.startsWith('OPTIONS ') && status === 200)
      ? null
      : `answered ${status} to a method that is not documented`;
  const codes = doc.statuses.get(status);
  if (!codes) return `answered ${status}, which is not documented`;
  if (code !== null && !codes.has(code)) return `answered ${status} ${code}, which is not documented`;
  return null;
}

/** One row of the table. */
export interface DoorRow {
  readonly door: string;
  readonly cases: number;
  readonly statuses: ReadonlyMap<number, number>;
  readonly slowestMs: number;
}

/** Everything counted. Doors that were never reached have a row too. */
export function countByDoor(lines: readonly AnswerLine[], doors: readonly string[]): DoorRow[] {
  return doors.map((door) => {
    const own = lines.filter((line) => line.door === door);
    const statuses = new Map<number, number>();
    for (const { status } of own) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const sorted = new Map([...statuses].toSorted(([a], [b]) => a - b));
    return { door, cases: own.length, statuses: sorted, slowestMs: Math.max(0, ...own.map(({ ms }) => ms)) };
  });
}

/** Answers that are neither refusals nor failures. */
export const isGood = ({ status }: AnswerLine): boolean => status >= 200 && status < 300;

/** What is missing for a run that counts, in sentences. */
export function missing(lines: readonly AnswerLine[], rows: readonly DoorRow[], needs: Needs): string[] {
  const doors = new Set(rows.map(({ door }) => door));
  const good = lines.filter((line) => doors.has(line.door) && isGood(line)).length;
  const unreached = rows.filter(({ cases }) => cases === 0).map(({ door }) => door);
  return [
    ...(lines.length < needs.cases ? [`Only ${lines.length} cases; ${needs.cases} are needed.`] : []),
    ...(good < needs.good ? [`Only ${good} cases reached a 2xx; ${needs.good} are needed.`] : []),
    ...(unreached.length > 0 ? [`Never called: ${unreached.join(', ')}.`] : []),
  ];
}

/** The table a person reads. */
export function tableOf(rows: readonly DoorRow[]): string[] {
  const width = Math.max(...rows.map(({ door }) => door.length));
  const head = `${'door'.padEnd(width)}  cases  slowest  statuses`;
  const lines = rows.map(({ door, cases, statuses, slowestMs }) => {
    const counts = [...statuses].map(([status, count]) => `${status}×${count}`).join(' ');
    return `${door.padEnd(width)}  ${String(cases).padStart(5)}  ${`${slowestMs} ms`.padStart(7)}  ${counts}`;
  });
  return [head, ...lines];
}
