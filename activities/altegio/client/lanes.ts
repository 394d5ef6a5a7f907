/**
 * Who may use how much of Altegio's limits. The limits are 5 calls a second and 200 a minute for each address
 * (docs/altegio.md, "Rate limit"). Till reads outrank writes outrank sweeps:
 * - a till may use everything;
 * - a write leaves one call of each second and {@link WRITE_RESERVE} of the minute to tills, unless a till's read has
 *   earned it: every till call earns one write, so the even mixture of payments (one read, one write) is never held
 *   back by the reserves; a backlog of writes, which no till has earned, is;
 * - a sweep leaves two calls of each second and {@link SWEEP_RESERVE} of the minute;
 * - while a till waits for a slot, nobody else takes one.
 */

export type Lane = 'till' | 'write' | 'sweep';

/** Part of the minute kept for tills when a backlog of writes drains: 15 of 200. */
const WRITE_RESERVE = 0.075;
/** Part of the minute that sweeps leave: 40 of 200. */
const SWEEP_RESERVE = 0.2;

/** Milliseconds a call waits for a slot before it is throttled, when the caller says nothing. */
export const MAX_WAIT_MS: Record<Lane, number> = { till: 1_000, write: 5_000, sweep: 5_000 };

/** How many calls the sliding windows may hold, the next one included, for a lane to send it. */
export interface Allowance {
  perSecond: number;
  perMinute: number;
  /** The same for a write that no till's read has earned. */
  perSecondUnearned: number;
  perMinuteUnearned: number;
}

/** The allowance of a lane under limits given in calls a second and a minute; never below one call. */
export function allowance(lane: Lane, perSecond: number, perMinute: number): Allowance {
  const second = Math.max(1, perSecond - { till: 0, write: 1, sweep: 2 }[lane]);
  const reserve = { till: 0, write: WRITE_RESERVE, sweep: SWEEP_RESERVE }[lane];
  const minute = Math.max(1, perMinute - Math.ceil(perMinute * reserve));
  const earned = lane === 'sweep' ? { perSecond: second, perMinute: minute } : { perSecond, perMinute };
  return { ...earned, perSecondUnearned: second, perMinuteUnearned: minute };
}
