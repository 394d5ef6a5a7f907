// The pure parts of `npm run chaos`: its plan, what makes a run count, and the comparison of the three sums.
import { describe, expect, it } from 'vitest';
import { readArguments } from '../../worker/chaos/arguments.ts';
import { type Entry, KINDS, OwnBook } from '../../worker/chaos/book.ts';
import { isVoid, missing, type RunFacts } from '../../worker/chaos/counters.ts';
import { digestOf, makePlan } from '../../worker/chaos/plan.ts';
import { FAULT_KINDS } from '../../worker/chaos/plan-actions.ts';
import { exitCodeOf, jsonOf, type RunResult, tableOf, verdictOf } from '../../worker/chaos/report.ts';
import { Refused, refuseForeign } from '../../worker/trial/arguments.ts';
import { PARTS } from '../../worker/trial/parts.ts';
import { type CustomerSums, differs, totalDifferences } from '../../worker/trial/sums.ts';

const options = { operations: 500, seed: 7, sameAmounts: false };

describe('the plan', () => {
  it('is the same for the same seed, operation by operation, and another one for another seed', () => {
    const [one, two, other] = [makePlan(options), makePlan(options), makePlan({ ...options, seed: 8 })];
    expect(two).toEqual(one);
    expect(digestOf(two)).toBe(digestOf(one));
    expect(digestOf(other)).not.toBe(digestOf(one));
    expect(other.operations).not.toEqual(one.operations);
    expect(other.actions).not.toEqual(one.actions);
  });

  it('of 500 operations has every kill and every fault at least five times, within the run', () => {
    const { actions } = makePlan(options);
    for (const part of PARTS) {
      const kills = actions.filter((action) => action.kind === 'kill' && action.part === part);
      expect(kills.length, part).toBeGreaterThanOrEqual(5);
    }
    const struck = actions.flatMap((action) => {
      if (action.kind === 'fault' || action.kind === 'webhook') return [action.fault];
      if (action.kind === 'refusals') return ['401', '402', '403'];
      return action.kind === 'journalLag' ? ['journal_lag'] : [];
    });
    for (const kind of FAULT_KINDS) expect(struck.filter((one) => one === kind).length, kind).toBeGreaterThanOrEqual(5);
    expect(actions.every(({ at }) => at >= 0 && at < options.operations)).toBe(true);
    expect(actions.map(({ at }) => at)).toEqual(actions.map(({ at }) => at).toSorted((a, b) => a - b));
  });

  it('of 60 operations kills each kind of process', () => {
    for (const seed of [1, 2, 3]) {
      const { actions } = makePlan({ ...options, operations: 60, seed });
      const killed = new Set(actions.flatMap((action) => (action.kind === 'kill' ? [action.part] : [])));
      expect([...killed].toSorted()).toEqual([...PARTS].toSorted());
    }
  });

  it('has refunds, visits and expiry: of 500 operations ten of each and more, of 60 one of each, none before there is anything', () => {
    const kindsOf = (operations: number, seed: number) =>
      makePlan({ ...options, operations, seed }).operations.map((operation) =>
        operation.kind === 'payment' && operation.style === 'inVisit' ? operation.style : operation.kind,
      );
    const rare = ['inVisit', 'refund', 'visitBonus', 'visitPaid', 'visitEdited', 'visitUnpaid', 'expiry'] as const;
    for (const seed of [1, 2, 3]) {
      const [long, short] = [kindsOf(500, seed), kindsOf(60, seed)];
      for (const kind of rare) {
        expect(long.filter((one) => one === kind).length, kind).toBeGreaterThanOrEqual(8);
        expect(short, kind).toContain(kind);
      }
      expect(long.findIndex((kind) => kind === 'refund' || kind === 'expiry')).toBeGreaterThanOrEqual(125);
    }
  });

  it('lets staff move only what no net of payments can come to, unless it is asked for the same amounts', () => {
    const moves = (sameAmounts: boolean) =>
      makePlan({ ...options, operations: 2_000, sameAmounts }).operations.flatMap((operation) =>
        operation.kind === 'staff' ? [operation] : [],
      );
    expect(moves(false).every(({ amount }) => Math.abs(amount) >= 300_000)).toBe(true);
    expect(moves(true).some(({ amount }) => Math.abs(amount) < 10_000)).toBe(true);
    // Staff take back less than they gave: the card never lacks what tills have taken.
    const given = new Map<number, number>();
    for (const { customer, amount } of moves(false)) {
      given.set(customer, (given.get(customer) ?? 0) + amount);
      expect(given.get(customer)).toBeGreaterThan(0);
    }
  });
});

const even = <T extends string>(names: readonly T[], count: number) =>
  Object.fromEntries(names.map((name) => [name, count])) as Record<T, number>;
const facts = (change: Partial<RunFacts> = {}): RunFacts => ({
  operations: 500,
  succeeded: 400,
  done: new Map(KINDS.map((kind) => [kind, 5])),
  kills: even(PARTS, 5),
  faults: new Map(FAULT_KINDS.map((kind) => [kind, 5])),
  ...change,
});

describe('a run that counts', () => {
  it('has every kind five times and 60 % of the operations done', () => {
    expect(missing(facts())).toEqual([]);
    expect(isVoid(facts())).toBe(false);
    expect(isVoid(facts({ succeeded: 300 }))).toBe(false);
    expect(missing(facts({ succeeded: 299 }))).toEqual(['operations that succeeded: 59 % of 60 %']);
    expect(isVoid(facts({ succeeded: 299 }))).toBe(true);
  });

  it.each(PARTS)('is void with four kills of %s', (part) => {
    const rare = facts({ kills: { ...even(PARTS, 5), [part]: 4 } });
    expect(isVoid(rare)).toBe(true);
    expect(missing(rare)).toEqual([`kills of ${part}: 4 of 5`]);
  });

  it.each(FAULT_KINDS)('is void with four times %s', (kind) => {
    const rare = facts({ faults: new Map(FAULT_KINDS.map((one) => [one, one === kind ? 4 : 5])) });
    expect(isVoid(rare)).toBe(true);
    expect(missing(rare)).toEqual([`fault ${kind}: 4 of 5`]);
  });

  it.each(KINDS)('is void with four operations done of the kind %s', (kind) => {
    const rare = facts({ done: new Map(KINDS.map((one) => [one, one === kind ? 4 : 5])) });
    expect(isVoid(rare)).toBe(true);
    expect(missing(rare)).toEqual([`operations ${kind}: 4 of 5`]);
  });

  it('under 500 operations only says what is missing', () => {
    const short = facts({ operations: 499, kills: even(PARTS, 1) });
    expect(missing(short)).toHaveLength(PARTS.length);
    expect(isVoid(short)).toBe(false);
  });
});

const equal: CustomerSums = { customer: 0, ledger: 7_350n, target: 7_350n, card: 7_350n, own: 7_350n };

describe('the three sums', () => {
  it('agree, also when the customer owes what no card can hold', () => {
    expect(differs(equal)).toBe(false);
    expect(differs({ ...equal, ledger: -500n, target: 0n, card: 0n, own: -500n })).toBe(false);
  });

  it.each(['ledger', 'card', 'own'] as const)('differ by a cent in %s', (name) => {
    const one = { ...equal, [name]: equal[name] + 1n };
    expect(differs(one)).toBe(true);
    const { ledgerAndCard, ledgerAndOwn, cardAndOwn } = totalDifferences([one]);
    expect([ledgerAndCard, ledgerAndOwn, cardAndOwn].filter((value) => value !== 0n).length).toBeGreaterThanOrEqual(1);
  });

  it('of two customers do not make up for each other', () => {
    const sums = [
      { ...equal, card: equal.card + 500n },
      { ...equal, customer: 1, card: equal.card - 500n },
    ];
    expect(totalDifferences(sums).ledgerAndCard).toBe(1_000n);
  });

  it('take the own list from answers alone', () => {
    const book = new OwnBook();
    book.open(3, 10_000n);
    const entry = { operation: 0, kind: 'payment', customer: 3, note: '' } satisfies Partial<Entry>;
    book.add({ ...entry, outcome: 'done', moved: -2_650n });
    book.add({ ...entry, outcome: 'refused', moved: 0n });
    book.add({ ...entry, customer: 4, outcome: 'done', moved: 999n });
    expect(book.expected(3)).toBe(7_350n);
    book.end(3, 350n);
    expect(book.expected(3)).toBe(7_000n);
  });
});

const result = (change: Partial<RunResult> = {}): RunResult => ({
  ...facts(),
  seed: 7,
  digest: 'a'.repeat(64),
  sameAmounts: false,
  refused: 60,
  unanswered: 40,
  seconds: 600,
  endedByItself: even(PARTS, 0),
  operatorRetries: 2,
  figures: {
    writesSent: 320,
    writesApplied: 290,
    inDoubt: 55,
    resolved: 55,
    lateTwins: 3,
    breaks: { ambiguous: 3 },
    ambiguous: 3,
    undecided: 0,
  },
  sums: [equal],
  contradictions: [],
  quiet: true,
  waitsFor: '',
  missing: [],
  isVoid: false,
  tuning: { perSecond: 200, perMinute: 6_000, altegioTimeoutMs: 1_000 },
  ...change,
});

describe('the end', () => {
  it('is 0 when all agrees, 1 for a difference, a contradiction or no rest, 2 when it does not count', () => {
    expect(exitCodeOf(result())).toBe(0);
    expect(exitCodeOf(result({ isVoid: true, missing: ['fault 401: 4 of 5'] }))).toBe(2);
    expect(exitCodeOf(result({ sums: [{ ...equal, card: 1n }], isVoid: true }))).toBe(1);
    expect(exitCodeOf(result({ contradictions: ['Receipt 1 was answered in two ways.'] }))).toBe(1);
    expect(exitCodeOf(result({ quiet: false, waitsFor: '1 open workflow (payment:101:R)' }))).toBe(1);
  });

  it('is told in 100 columns, with every figure, and names who differs', () => {
    const lines = tableOf(result());
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    const text = lines.join('\n');
    for (const label of ['operations', 'faults', 'restarts', 'writes sent', 'writes applied', 'in doubt', 'resolved'])
      expect(text).toContain(label);
    expect(text).toMatch(/breaks +3 +ambiguous 3/);
    const wrong = result({ sums: [equal, { ...equal, customer: 1, card: 8_350n }] });
    const verdict = verdictOf(wrong);
    expect(verdict.join(' ')).toMatch(/Customer 1 differs: ledger 73\.50, .*card 83\.50/);
    expect(
      verdictOf(result({ missing: missing(facts({ kills: even(PARTS, 0) })) })).every((line) => line.length <= 100),
    ).toBe(true);
    expect(jsonOf(wrong)).toMatchObject({ differences: { ledgerAndCard: '10.00' }, exitCode: 1 });
  });
});

describe('the command line', () => {
  it('has defaults, and refuses what it does not know in one sentence', () => {
    expect(readArguments(['--operations', '500', '--seed', '3'])).toMatchObject({
      operations: 500,
      seed: 3,
      keep: false,
    });
    expect(readArguments(['--help'])).toBeNull();
    for (const wrong of [['--operations', '0'], ['--seed', 'x'], ['--nothing'], ['stray']]) {
      expect(() => readArguments(wrong)).toThrow(Refused);
    }
  });

  it.each(['ALTEGIO_BASE_URL', 'DATABASE_URL', 'TEMPORAL_ADDRESS'])('refuses when %s points elsewhere', (name) => {
    expect(() => refuseForeign({ [name]: 'somewhere' })).toThrow(new RegExp(`makes up traffic .* ${name} is set`));
    expect(() => refuseForeign({ [name]: '' })).not.toThrow();
  });
});
