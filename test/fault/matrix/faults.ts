/** The faults of the matrix, and which calls each of them can befall. */
import type { StepCall } from './calls.ts';

/** One column of the matrix. */
export interface Fault {
  readonly name: string;
  /** What the sandbox is told; absent where the fault is made of settings and staff. */
  readonly blow?: Readonly<Record<string, unknown>>;
  /** Settings of the sandbox while the cell runs. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** How webhooks fare; staff change the card while the call is under way. */
  readonly webhooks?: Readonly<Record<string, unknown>>;
  /** Staff take all but this from the card while the call is under way (minor units). */
  readonly emptiedTo?: number;
  /** Why the cell cannot be; null where it can. */
  impossible(call: StepCall): string | null;
}

/** One try at Altegio; a write's window is 3.2 s with it. */
export const TIMEOUT_MS = 600;
const INSIDE_WINDOW_MS = 1_200;
const PAST_WINDOW_MS = 4_800;

/** Names that the runs ask for. */
export const PAST_THE_WINDOW = 'late apply past the window';
export const ECHO_OF_BEFORE = 'wrong echo, the balance before';
export const CLAMPED = 'emptied meanwhile, clamp';
export const NOT_LISTED = 'card not listed';

const always = (): null => null;
/** Whether the answer was lost before or after the call took effect matters only where it has one. */
const changesOnly = ({ kind }: StepCall): string | null =>
  kind === 'write' || kind === 'issue' ? null : 'what changes nothing is the same before and after';
/** Nobody listens any more when the answer comes late, so one that never comes is the same where nothing was changed. */
const unlessSlow = (call: StepCall): string | null =>
  changesOnly(call) && 'what changes nothing is the same slow past the deadline and hanging';
const NO_ECHO = 'the visit’s details tell no balance';
const writesOnly =
  (why: string) =>
  ({ kind, echoesNoBalance }: StepCall) =>
    echoesNoBalance ? NO_ECHO : kind === 'write' ? null : why;
const blow = (fault: string, more: Record<string, unknown> = {}) => ({ fault, times: 1, ...more });

/** Faults that befall one call of one customer, so that many customers meet theirs at the same time. */
export const AIMED: readonly Fault[] = [
  { name: 'delay', blow: blow('delay', { ms: 150 }), impossible: always },
  { name: 'delay past the deadline', blow: blow('delay', { ms: 1_100 }), impossible: always },
  { name: 'hang', blow: blow('hang', { ms: 1_500 }), impossible: unlessSlow },
  { name: '5xx before', blow: blow('5xx_before'), impossible: always },
  { name: '5xx after', blow: blow('5xx_after'), impossible: changesOnly },
  { name: 'drop before', blow: blow('drop_before'), impossible: always },
  { name: 'drop after', blow: blow('drop_after'), impossible: changesOnly },
  { name: '404', blow: blow('404'), impossible: always },
  { name: '422', blow: blow('422'), impossible: always },
  { name: 'late apply', blow: blow('late_apply', { ms: INSIDE_WINDOW_MS }), impossible: changesOnly },
  {
    name: PAST_THE_WINDOW,
    blow: blow('late_apply', { ms: PAST_WINDOW_MS }),
    impossible: ({ kind }) =>
      kind === 'write' || kind === 'issue' ? null : 'what changes nothing cannot change it late',
  },
  {
    name: 'wrong echo, too much',
    blow: blow('wrong_echo', { amount: '1.11' }),
    impossible: ({ kind, echoesNoBalance }) =>
      echoesNoBalance
        ? NO_ECHO
        : kind === 'write' || kind === 'issue'
          ? null
          : 'only what changes a card echoes the balance after it',
  },
  {
    name: 'wrong echo, too little',
    blow: blow('wrong_echo', { amount: '-1.11' }),
    impossible: writesOnly('a new card holds nothing, so its echo cannot be less; other calls echo nothing'),
  },
  {
    name: ECHO_OF_BEFORE,
    blow: blow('wrong_echo'),
    impossible: writesOnly('only a write has a balance before it'),
  },
  {
    name: NOT_LISTED,
    blow: blow('absent'),
    impossible: ({ kind }) => (kind === 'read' ? null : 'only a read of cards lists cards'),
  },
];

/** Faults after which Altegio is left alone by everybody for a while: each needs a chain of its own. */
export const SHARED: readonly Fault[] = ['429', '401', '402', '403'].map((name) => ({
  name,
  blow: blow(name),
  impossible: always,
}));

/** A fetch of the journal serves every customer of the chain who waits for one. */
export const JOURNAL: readonly Fault[] = [
  {
    name: 'journal lag',
    settings: { journalLagMs: 1_500 },
    impossible: ({ kind }) => (kind === 'journal' ? null : 'only the journal lags'),
  },
];

/** Slow enough for staff to act, not for a deadline to pass. */
const MEANWHILE = blow('delay', { ms: 250 });

/** Webhooks come twice and in any order, or never, about changes made while the call is under way. */
export const WEBHOOKS: readonly Fault[] = [
  { name: 'webhooks twice, in any order', webhooks: { duplicate: 1, lost: 0, reorder: true } },
  { name: 'webhooks lost', webhooks: { duplicate: 0, lost: 1, reorder: false } },
].map((fault) => ({
  ...fault,
  blow: MEANWHILE,
  impossible: ({ staysCardless }) => (staysCardless ? 'there is no card that staff could change' : null),
}));

/** The card is emptied under a withdrawal; what Altegio then does is not documented, so each way is a column. */
export const EMPTIED: readonly Fault[] = ['refuse', 'allow', 'clamp'].map((negativeResult) => ({
  name: `emptied meanwhile, ${negativeResult}`,
  settings: { negativeResult },
  emptiedTo: 500,
  blow: MEANWHILE,
  impossible: ({ writes = 0 }) => (writes < 0 ? null : 'only a withdrawal can find too little'),
}));
