/** How each part stands and when it was last seen working. Asked by strangers, so it is found out once a second at most. */
import { z } from 'zod';
import { secondsSinceJournal } from '../../activities/ledger/connections.ts';
import { secondsSinceBeat } from '../../activities/ledger/worker-beats.ts';
import { altegioHealth, isDegraded } from './altegio-health.ts';
import type { ApiDeps } from './deps.ts';

const CHECK_MS = 1_500;
const REMEMBERED_MS = 1_000;
/** A worker beats every 5 s: after three missed beats none works. */
const BEATS_MISSED_SECONDS = 15;

export const PARTS = ['api', 'worker', 'database', 'temporal', 'altegio'] as const;
type Part = (typeof PARTS)[number];
type State = 'ok' | 'degraded' | 'down';

/** The parts of one moment; ages in whole seconds since a part was last seen working, null when it never was. */
export interface StatusNow {
  readonly status: State;
  readonly parts: Readonly<Record<Part, State>>;
  readonly ages: Readonly<Record<Part, number | null>>;
}

const state = z.enum(['ok', 'degraded', 'down']);

/** The answer of `/status` and `/v1/status`. */
export const statusAnswer = z
  .object({
    status: state.meta({ description: 'The worst of its parts; Altegio alone only degrades it' }),
    parts: z.record(z.enum(PARTS), state),
    ages: z
      .record(z.enum(PARTS), z.int().nullable())
      .meta({ description: 'Seconds since the part was last seen working' }),
  })
  .meta({ id: 'Status' });

/** Work that must answer in time; null when it failed or did not. */
export async function inTime<T>(work: () => Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), CHECK_MS);
  });
  const answer = await Promise.race([work().catch(() => null), late]);
  clearTimeout(timer);
  return answer;
}

/** Finds out about every part. The API is the one that answers. */
export function createStatus(deps: ApiDeps): () => Promise<StatusNow> {
  const seenAt = new Map<Part, number>();
  let last: { readonly at: number; readonly now: Promise<StatusNow> } | null = null;

  /** Remembers when a part was seen working, `ago` seconds before now, and says how long ago that is. */
  const age = (part: Part, ago: number | null): number | null => {
    if (ago !== null) seenAt.set(part, performance.now() - ago * 1_000);
    const seen = seenAt.get(part);
    return seen === undefined ? null : Math.max(0, Math.round((performance.now() - seen) / 1_000));
  };

  const look = async (): Promise<StatusNow> => {
    const [beat, journal, database, temporal, healthy] = await Promise.all([
      inTime(() => secondsSinceBeat(deps.pool)),
      inTime(() => secondsSinceJournal(deps.pool)),
      inTime(() => deps.pool.query('select 1')),
      inTime(() => deps.temporalHealthy()),
      inTime(async () => !isDegraded(await altegioHealth(deps))),
    ]);
    const ages = {
      api: age('api', 0),
      worker: age('worker', beat),
      database: age('database', database ? 0 : null),
      temporal: age('temporal', temporal ? 0 : null),
      altegio: age('altegio', journal),
    };
    const up = (works: boolean): State => (works ? 'ok' : 'down');
    const parts = {
      api: 'ok',
      worker: up(ages.worker !== null && ages.worker <= BEATS_MISSED_SECONDS),
      database: up(database !== null),
      temporal: up(temporal === true),
      altegio: healthy === true ? 'ok' : 'degraded',
    } as const;
    const states = Object.values(parts);
    return { status: states.includes('down') ? 'down' : parts.altegio, parts, ages };
  };

  return () => {
    if (!last || performance.now() - last.at > REMEMBERED_MS) last = { at: performance.now(), now: look() };
    return last.now;
  };
}
