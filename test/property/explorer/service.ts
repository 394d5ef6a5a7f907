/**
 * What the service does in the explored world: the domain's functions, and mutants that get round one of its rules each.
 * A mutant lives here only; the product has no switch for it.
 */
import { available, move, release, type Balances } from '../../../domain/account.ts';
import {
  claimLines,
  nextStep,
  resolve,
  tail,
  type Claims,
  type Line,
  type Mirror,
  type Step,
} from '../../../domain/mirror.ts';
import { minimum } from '../../../domain/money.ts';

/** Lines taken, and who they were given to. */
export interface Taken {
  readonly mirror: Mirror;
  readonly claims: Claims;
}

/** The decisions of the service that a mutant may get wrong. */
export interface Service {
  readonly next: (mirror: Mirror, windowPassed: boolean, overdue: boolean) => Step;
  readonly resolve: (mirror: Mirror, balance: bigint, lines: readonly Line[]) => Taken;
  /** `read` gives a balance of Altegio's only when the domain asks for one. */
  readonly tail: (mirror: Mirror, lines: readonly Line[], read: () => bigint) => Taken;
  /** Whether an answer to this write may be taken over now. */
  readonly settles: (mirror: Mirror, writeId: bigint) => boolean;
  readonly release: (balances: Balances, amount: bigint) => Balances;
  /** What a till could redeem now. */
  readonly spendable: (balances: Balances, altegio: bigint) => bigint;
  readonly claimsOpeningLine: boolean;
  /** Whether the lines of a visit are known by that. */
  readonly knowsVisits: boolean;
}

/** The domain as it is. */
export const domain: Service = {
  next: (mirror, windowPassed, explanationOverdue) => nextStep(mirror, { windowPassed, explanationOverdue }),
  resolve,
  tail: (mirror, lines, read) => {
    const taken = tail(mirror, lines, null);
    if (taken !== 'needsBalance') return taken;
    const again = tail(mirror, lines, read());
    if (again === 'needsBalance') throw new Error('a balance was given');
    return again;
  },
  settles: (mirror, writeId) => mirror.open?.writeId === writeId,
  release: (balances, amount) => release(balances, amount).balances,
  spendable: (balances, altegio) => minimum(available(balances), altegio),
  claimsOpeningLine: true,
  knowsVisits: true,
};

/** Lines move balances and reads do not: what "balances move, lines explain" forbids. */
const linesMove = (mirror: Mirror, claims: Claims, confirmed: bigint): Taken => ({
  mirror: {
    ...mirror,
    balances: move(mirror.balances, claims.external - mirror.unexplained).balances,
    confirmed: confirmed - mirror.unexplained + claims.external + claims.twins,
    unexplained: 0n,
    open: null,
    awaiting: claims.awaiting,
    given: claims.given,
  },
  claims,
});

const forgetsGiven = ({ mirror, claims }: Taken): Taken => ({ mirror: { ...mirror, given: [] }, claims });

/** Each gets round one rule. */
export const mutants = {
  /** Sends while a write is open, as if the row that forbids it did not exist. */
  'no open-write row': {
    ...domain,
    next: (mirror, windowPassed, overdue) => {
      const step = domain.next({ ...mirror, open: null }, windowPassed, overdue);
      return step.step === 'send' ? step : domain.next(mirror, windowPassed, overdue);
    },
  },
  /** Takes a lost answer for a refusal and sends again, without journal or memory. */
  'blind retry': {
    ...domain,
    resolve: (mirror, _balance, _lines) => {
      const taken = resolve(mirror, mirror.open?.baseline ?? 0n, []);
      return { ...taken, mirror: { ...taken.mirror, given: mirror.given } };
    },
  },
  /** Forgets writes given up, so that a late line of ours looks like a change of staff. */
  'adopting late twins': {
    ...domain,
    resolve: (mirror, balance, lines) => forgetsGiven(resolve(mirror, balance, lines)),
  },
  /** Moves balances by journal lines. */
  'lines moving balances under lag': {
    ...domain,
    tail: (mirror, lines) => linesMove(mirror, claimLines(mirror, lines, null), mirror.confirmed),
    resolve: (mirror, _balance, lines) => {
      const write = mirror.open;
      if (!write) throw new Error('no write is open');
      const claims = claimLines(mirror, lines, write);
      const settled = linesMove(mirror, claims, write.baseline + (claims.applied ? write.amount : 0n));
      return claims.applied ? settled : { ...settled, mirror: { ...settled.mirror, given: [...claims.given, write] } };
    },
  },
  /** Gives held points back without paying debt. */
  'a released hold that skips debt': {
    ...domain,
    release: (balances, amount) => ({ ...balances, held: balances.held - amount }),
  },
  /** Adopts a card without claiming the lines that made its opening balance. */
  'opening without claiming older lines': { ...domain, claimsOpeningLine: false },
  /** Takes a withdrawal in a visit for a manual one, whose single line has the amount that was asked for. */
  'visit lines matched by amount': { ...domain, knowsVisits: false },
  /** Takes the answer of a write that somebody else has decided meanwhile for the one that is open now. */
  'settling an answer of another write': { ...domain, settles: (mirror) => mirror.open !== null },
  /** Lets a till redeem what the ledger says, whatever Altegio holds. */
  'no guard of the fresh balance': { ...domain, spendable: (balances) => available(balances) },
} as const satisfies Record<string, Service>;
