/**
 * The write protocol of one altegio card as a pure state machine.
 *
 * Altegio's write is a delta with no idempotency key and no transaction id. So at most one write is open at a time; a
 * write whose answer was lost is in doubt until the journal decides; balances move what we hold, journal lines only say
 * why. Everything here is a function of its arguments: time comes in as facts, effects go out as values.
 */
import { move, target, type Balances, type Movement } from './account.ts';
import { claimLines, type Claims, type Line, type OpenWrite, type Outstanding } from './claims.ts';
import { maximum, type Minor } from './money.ts';

export { claimLines, type Claims, type Line, type OpenWrite, type Outstanding } from './claims.ts';

/** Everything the protocol knows of one card. Amounts in minor units. */
export interface Mirror {
  readonly balances: Balances;
  /** Altegio's balance as last proven. */
  readonly confirmed: Minor;
  /** Drift adopted minus what lines have named of it. */
  readonly unexplained: Minor;
  /** Drift whose explanation was given up; a later line names it without moving anything. */
  readonly unknown: Minor;
  readonly open: OpenWrite | null;
  /** Confirmed writes whose line has not been seen. */
  readonly awaiting: readonly Outstanding[];
  /** Writes given up as not applied; a late line of theirs is a late twin. */
  readonly given: readonly Outstanding[];
}

/** What decides the next step besides the mirror: facts about time, taken from one clock. */
export interface StepFacts {
  /** The open write's window has passed: Altegio is believed to have decided. */
  readonly windowPassed: boolean;
  /** Waiting for lines has reached its bound. */
  readonly explanationOverdue: boolean;
}

/** The next step towards equal books. */
export type Step =
  | { readonly step: 'wait' }
  | { readonly step: 'resolve' }
  | { readonly step: 'explain' }
  | { readonly step: 'declareUnknown' }
  | { readonly step: 'send'; readonly amount: Minor; readonly baseline: Minor }
  | { readonly step: 'done' };

/** Decides what to do next; `send` only with nothing open and nothing unexplained. */
export function nextStep(mirror: Mirror, facts: StepFacts): Step {
  if (mirror.open) return { step: facts.windowPassed ? 'resolve' : 'wait' };
  if (mirror.unexplained !== 0n) return { step: facts.explanationOverdue ? 'declareUnknown' : 'explain' };
  const amount = target(mirror.balances) - mirror.confirmed;
  return amount === 0n ? { step: 'done' } : { step: 'send', amount, baseline: mirror.confirmed };
}

/** Opens a write. @throws RangeError when one is open already, nothing is missing or the amount is not what is missing. */
export function open(mirror: Mirror, write: OpenWrite): Mirror {
  const missing = target(mirror.balances) - mirror.confirmed;
  const exact = write.amount === missing && missing !== 0n && write.baseline === mirror.confirmed;
  if (mirror.open || mirror.unexplained !== 0n || !exact)
    throw new RangeError('a write may only be opened for exactly what is missing, with nothing open or unexplained');
  return { ...mirror, open: write };
}

/** A change of the mirror: `drift` is what is posted as `external`, `movement` what it does to the balances. */
export interface Adoption {
  readonly mirror: Mirror;
  readonly drift: Minor;
  readonly movement: Movement;
}

function adopt(mirror: Mirror, confirmed: Minor, drift: Minor): Adoption {
  const movement = move(mirror.balances, drift);
  return {
    mirror: { ...mirror, balances: movement.balances, confirmed, unexplained: mirror.unexplained + drift },
    drift,
    movement,
  };
}

/** Takes over a balance that was read while no write was open. */
export function adoptRead(mirror: Mirror, balance: Minor): Adoption {
  if (mirror.open) throw new RangeError('a read cannot be adopted while a write is open');
  return adopt(mirror, balance, balance - mirror.confirmed);
}

/**
 * Lets the ledger give way: the drift that makes the target what Altegio holds. Debt is forgiven where Altegio holds
 * more than the target, because an account in debt has a target of 0. Nobody's journal line names it, so it is not
 * `unexplained`. An altegio card below 0 has no such target: then only a write helps, and the drift is 0.
 */
export function giveWay(mirror: Mirror): { readonly drift: Minor; readonly movement: Movement } {
  if (mirror.open) throw new RangeError('a balance with a write open is not known');
  const missing = maximum(0n, mirror.confirmed) - target(mirror.balances);
  const drift = missing > 0n ? missing + mirror.balances.debt : missing;
  return { drift, movement: move(mirror.balances, drift) };
}

/** The open write was answered with Altegio's balance after it; it now waits for its line. */
export function answered(mirror: Mirror, balance: Minor): Adoption {
  const write = mirror.open;
  if (!write) throw new RangeError('no write is open');
  const settled = { ...mirror, open: null, awaiting: [...mirror.awaiting, write] };
  return adopt(settled, balance, balance - (write.baseline + write.amount));
}

/**
 * A withdrawal that should have left something and left nothing. Altegio may have taken only what was there: neither its
 * answer nor a line tells that from somebody else having taken the rest, so a person has to look.
 */
export function mayBePartial(write: Pick<OpenWrite, 'amount' | 'baseline'>, balance: Minor): boolean {
  return write.amount < 0n && write.baseline + write.amount > 0n && balance === 0n;
}

/** The open write was certainly not applied. */
export function refused(mirror: Mirror): Mirror {
  return { ...mirror, open: null };
}

/** Lets a line of other people name drift: first what was declared unknown, then what is unexplained. */
function name(mirror: Mirror, external: Minor): Pick<Mirror, 'unexplained' | 'unknown'> {
  const sameWay = external > 0n ? mirror.unknown > 0n : mirror.unknown < 0n;
  const size = (amount: Minor) => (amount < 0n ? -amount : amount);
  const named = !sameWay ? 0n : size(external) < size(mirror.unknown) ? external : mirror.unknown;
  return { unknown: mirror.unknown - named, unexplained: mirror.unexplained - (external - named) };
}

/** How a write in doubt was decided, and what that changed. */
export interface Resolution extends Adoption {
  readonly claims: Claims;
}

/**
 * Decides the write in doubt from a balance and the lines seen with it, after its window. Without a line of its amount
 * it is given up and remembered; the difference is sent again by the next step.
 */
export function resolve(mirror: Mirror, balance: Minor, lines: readonly Line[]): Resolution {
  const write = mirror.open;
  if (!write) throw new RangeError('no write is open');
  const claims = claimLines(mirror, lines, write);
  const expected = write.baseline + (claims.applied ? write.amount : 0n);
  const settled: Mirror = {
    ...mirror,
    open: null,
    awaiting: claims.awaiting,
    given: claims.applied ? claims.given : [...claims.given, write],
  };
  return { ...explain(settled, balance, balance - expected, claims), claims };
}

/** Takes lines that came while no write was open. `balance` must be read in the same step when a twin is among them. */
export function tail(mirror: Mirror, lines: readonly Line[], balance: Minor | null): Resolution | 'needsBalance' {
  if (mirror.open) throw new RangeError('lines are claimed by resolve while a write is open');
  const claims = claimLines(mirror, lines, null);
  if (claims.twins !== 0n && balance === null) return 'needsBalance';
  const confirmed = balance ?? mirror.confirmed;
  const settled = { ...mirror, awaiting: claims.awaiting, given: claims.given };
  return { ...explain(settled, confirmed, confirmed - mirror.confirmed, claims), claims };
}

/** Adopts drift, gives back what late twins of ours took, and lets the lines of other people name the rest. */
function explain(mirror: Mirror, confirmed: Minor, drift: Minor, claims: Claims): Adoption {
  const adoption = adopt(mirror, confirmed, drift - claims.twins);
  return { ...adoption, mirror: { ...adoption.mirror, ...name(adoption.mirror, claims.external) } };
}

/** Gives up waiting for an explanation: the rest is `unknown`, and sending may go on. */
export function declareUnknown(mirror: Mirror): Mirror {
  return { ...mirror, unknown: mirror.unknown + mirror.unexplained, unexplained: 0n };
}

/** How a balance that a till read relates to what we know. */
export type ReadVerdict =
  | { readonly verdict: 'adopt'; readonly adoption: Adoption }
  | { readonly verdict: 'goodEnough' }
  | { readonly verdict: 'readAgain' };

/**
 * Judges a balance read before the ledger was locked. It counts only when nothing has changed since; while a write is
 * open, a balance with or without that write is good enough to redeem on and says nothing about drift.
 */
export function judgeRead(mirror: Mirror, balance: Minor, versionUnchanged: boolean): ReadVerdict {
  if (mirror.open) {
    const { baseline, amount } = mirror.open;
    return { verdict: balance === baseline || balance === baseline + amount ? 'goodEnough' : 'readAgain' };
  }
  return versionUnchanged ? { verdict: 'adopt', adoption: adoptRead(mirror, balance) } : { verdict: 'readAgain' };
}
