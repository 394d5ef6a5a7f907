// The pure parts of `npm run till`: its schedule, a terminal's journal and what it knows from it, the tally, the verdict.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { goesWithoutPoints, meaningOf } from '../../worker/till/answers.ts';
import { readArguments } from '../../worker/till/arguments.ts';
import { batch, payment, refunds, ringUp, secondStep, withoutPoints } from '../../worker/till/drafts.ts';
import { Journal, type Line, readLines, type Rung } from '../../worker/till/journal.ts';
import { Memory } from '../../worker/till/memory.ts';
import { type Action, digestOf, makePlan } from '../../worker/till/plan.ts';
import { compareReceipts, type LedgerReceipt, unanswered } from '../../worker/till/receipts.ts';
import { exitCodeOf, jsonOf, type RunResult, tableOf, verdictOf } from '../../worker/till/report.ts';
import { daySums, illSums, standingsOf } from '../../worker/till/standings.ts';
import { brokenPromises, HAPPENINGS, type Happening, isVoid, missing, Tally } from '../../worker/till/tally.ts';
import { Refused } from '../../worker/trial/arguments.ts';

const folder = mkdtempSync(join(tmpdir(), 'till-journal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = { terminals: 20, minutes: 2, seed: 7 };
const kindOf = (action: Action) => (action.kind === 'twoSteps' ? action.ending : action.kind);
const mishapsOf = (action: Action) => [
  action.mishap,
  ...(action.kind === 'twoSteps' && action.ending !== 'expire' ? [action.lastMishap] : []),
  ...(action.kind === 'refund' ? action.parts.map(({ mishap }) => mishap) : []),
];

describe('the schedule', () => {
  it('is the same for the same seed, terminal by terminal, however many terminals there are and how long they sell', () => {
    const [one, two, other] = [makePlan(options), makePlan(options), makePlan({ ...options, seed: 8 })];
    expect(two).toEqual(one);
    expect(digestOf(two)).toBe(digestOf(one));
    expect(digestOf(other)).not.toBe(digestOf(one));
    const few = makePlan({ ...options, terminals: 3, minutes: 1 });
    expect(few.terminals).toEqual(one.terminals.slice(0, 3).map((actions) => actions.slice(0, 15)));
    expect(new Set(one.terminals.map((actions) => JSON.stringify(actions))).size).toBe(20);
  });

  it.each([1, 2, 3])(
    'of 20 terminals and 2 minutes has everything more often than it has to happen (seed %i)',
    (seed) => {
      const actions = makePlan({ ...options, seed }).terminals.flat();
      const mishaps = actions.flatMap(mishapsOf);
      const counts = {
        lost: mishaps.filter(({ hangUpMs }) => hangUpMs !== null).length,
        sameKey: mishaps.filter(({ again }) => again === 'sameKey').length,
        newKey: mishaps.filter(({ again }) => again === 'newKey').length,
        reboot: actions.filter((action) => action.kind === 'twoSteps' && action.reboot).length,
        capture: actions.filter((action) => kindOf(action) === 'capture').length,
        void: actions.filter((action) => kindOf(action) === 'void').length,
        expiry: actions.filter((action) => kindOf(action) === 'expire').length,
        refund: actions.flatMap((action) => (action.kind === 'refund' ? action.parts : [])).length,
        batch: actions.filter(({ kind }) => kind === 'batch').length,
      } satisfies Record<Happening, number>;
      // A machine that plays a third of it still has a run that counts.
      for (const [name, count] of Object.entries(counts))
        expect(count, name).toBeGreaterThanOrEqual(HAPPENINGS[name as Happening].least * 3);
      // What was lost is always sent again, and a terminal is only switched off before a capture.
      expect(mishaps.filter(({ hangUpMs, again }) => hangUpMs !== null && again === null)).toEqual([]);
      expect(
        actions.filter((action) => action.kind === 'twoSteps' && action.reboot && action.ending !== 'capture'),
      ).toEqual([]);
    },
  );

  it('lets nothing expire in a run that is shorter than a reservation', () => {
    const actions = makePlan({ ...options, minutes: 0.3 }).terminals.flat();
    expect(actions.filter((action) => kindOf(action) === 'expire')).toEqual([]);
  });
});

const customer = { phone: '77010000001', accountId: 'acc_1', cardId: 1, opening: 0n };
const basket = { customer: 3, total: 10_000, redeem: 'max', by: 'accountId' } as const;
const at = new Date('2026-11-21T12:00:00Z');
const rung = (number: number, ending: Rung['ending']) => ringUp('T01', number, customer, basket, ending, at);
const paid = (receipt: string, amounts: { redeemed?: string; accrued?: string; total?: string } = {}) => {
  const { redeemed = '30.00', accrued = '3.50', total = '100.00' } = amounts;
  const due = (Number(total) - Number(redeemed)).toFixed(2);
  return { id: `pay_${receipt}`, state: 'CAPTURED', total, redeemed, due, accrued };
};
const send = (draft: ReturnType<typeof payment>, key = `${draft.call}/1`): Line => ({ kind: 'sent', ...draft, key });
const hear = (draft: { readonly call: string }, body: unknown, status = 201): Line => ({
  kind: 'heard',
  call: draft.call,
  status,
  body,
});
const problem = (code: string, posAction: string, retryable = false) => ({ code, posAction, retryable });

describe('a till understands an answer', () => {
  it.each([
    [null, 'again'],
    [{ status: 201, body: {} }, 'done'],
    [{ status: 202, body: {} }, 'pending'],
    [{ status: 503, body: null }, 'again'],
    [{ status: 429, body: problem('rate_limited', 'retry_later', true) }, 'again'],
    [{ status: 409, body: problem('operation_in_progress', 'retry', true) }, 'again'],
    [{ status: 422, body: problem('timed_out', 'retry') }, 'newAttempt'],
    [{ status: 422, body: problem('insufficient_points', 'ask_less_points') }, 'refused'],
    [{ status: 409, body: problem('hold_expired', 'retry') }, 'refused'],
  ] as const)('%j: %s', (reply, meaning) => expect(meaningOf(reply)).toBe(meaning));

  it('pays without points where it is told to', () => {
    const without = (code: string, action: string) => goesWithoutPoints({ status: 422, body: problem(code, action) });
    expect(without('insufficient_points', 'ask_less_points')).toBe(true);
    expect(without('account_in_debt', 'pay_without_points')).toBe(true);
    expect(without('lines_mismatch', 'fix_request')).toBe(false);
  });
});

describe('the journal', () => {
  it('gives back what was written, over a power cut, and drops a line that was cut off', async () => {
    const path = join(folder, 'T01.jsonl');
    const sale = rung(1, 'capture');
    const lines = [sale, send(payment(sale)), hear(payment(sale), paid(sale.receipt))];
    const { journal, lines: none } = await Journal.open(path);
    expect(none).toEqual([]);
    for (const line of lines) await journal.write(line);
    await journal.close();
    writeFileSync(path, '{"kind":"heard","call":"T01-0001/auth', { flag: 'a' });
    const again = await Journal.open(path);
    expect(again.lines).toEqual(lines);
    const next = rung(2, 'sale');
    await again.journal.write(next);
    await again.journal.close();
    expect(readLines(readFileSync(path, 'utf8'))).toEqual([...lines, next]);
  });
});

describe('what a till knows from its journal', () => {
  it('takes up a payment in two steps: not sent, not answered, authorized; and no other one', () => {
    const sale = rung(1, 'capture');
    const lines: Line[] = [rung(9, 'expire'), rung(8, 'sale'), sale];
    const knows = () => Memory.of(lines).unfinished()?.receipt ?? null;
    expect(knows()).toBe(sale.receipt);
    lines.push(send(payment(sale)));
    expect(knows()).toBe(sale.receipt);
    lines.push(hear(payment(sale), { ...paid(sale.receipt), state: 'AUTHORIZED' }));
    expect(knows()).toBe(sale.receipt);
    const capture = secondStep(sale, 'capture', Memory.of(lines).call(payment(sale).call));
    expect(capture.path).toBe(`/v1/payments/pay_${sale.receipt}/capture`);
    lines.push(send(capture));
    expect(knows()).toBe(sale.receipt);
    lines.push(hear(capture, paid(sale.receipt), 200));
    expect(knows()).toBeNull();
  });

  it('is over with a payment that was refused, once it was refused without points too', () => {
    const sale = rung(1, 'void');
    const first = payment(sale);
    const lines: Line[] = [sale, send(first), hear(first, problem('insufficient_points', 'ask_less_points'), 422)];
    expect(Memory.of(lines).unfinished()?.receipt).toBe(sale.receipt);
    const second = withoutPoints(first);
    expect(second.body).toMatchObject({ receipt: sale.receipt, redeem: 'none', capture: false });
    lines.push(send(second), hear(second, problem('account_frozen', 'pay_without_points'), 422));
    expect(Memory.of(lines).unfinished()).toBeNull();
    expect(standingsOf(Memory.of(lines))).toMatchObject([{ state: 'NONE', moved: 0n }]);
  });

  it('keeps the last key, counts the times, and takes the first final answer; another one contradicts it', () => {
    const sale = rung(1, 'sale');
    const draft = payment(sale);
    const lines: Line[] = [sale, send(draft), send(draft), hear(draft, null, 503), send(draft, 'new')];
    expect(Memory.of(lines).call(draft.call)).toMatchObject({ key: 'new', times: 3, final: null });
    expect(unanswered(Memory.of(lines))).toEqual([`${draft.call} was never answered.`]);
    lines.push(hear(draft, paid(sale.receipt)), hear(draft, { ...paid(sale.receipt), state: 'PARTIALLY_REFUNDED' }));
    expect(Memory.of(lines).contradictions).toEqual([]);
    expect(unanswered(Memory.of(lines))).toEqual([]);
    lines.push(hear(draft, paid(sale.receipt, { accrued: '3.51' })));
    expect(Memory.of(lines).contradictions).toEqual([expect.stringMatching(/answered in two ways.*3\.50.*3\.51/)]);
  });

  it('sends each offline sale in one batch, with its place and its time', () => {
    const sales = [rung(1, 'offline'), rung(2, 'offline')];
    const memory = Memory.of(sales);
    const draft = batch('T01', memory.batches + 1, memory.offlineQueue());
    expect(draft.body).toMatchObject({
      terminal: 'T01',
      items: [1, 2].map((offlineSeq) => ({ offlineSeq, occurredAt: at.toISOString() })),
    });
    memory.take(send(draft));
    memory.take(rung(3, 'offline'));
    expect(memory.offlineQueue().map(({ receipt }) => receipt)).toEqual(['T01-0003']);
    expect(memory.batches).toBe(1);
  });

  it('refunds add up to the bill where they are the whole', () => {
    const amounts = (total: number, percents: number[]) =>
      refunds('R', { ...basket, total }, percents).map(({ body }) => body['amount']);
    expect(amounts(10_001, [33, 67])).toEqual(['33.00', '67.01']);
    expect(amounts(10_001, [33])).toEqual(['33.00']);
    expect(amounts(9_999, [100])).toEqual(['99.99']);
  });
});

/** A day: a sale, a capture for less, a void, one left to expire, a sale refunded in part, and one made offline. */
function day(): Memory {
  const sale = rung(1, 'sale');
  const captured = rung(2, 'capture');
  const voided = rung(3, 'void');
  const expired = rung(4, 'expire');
  const returned = rung(5, 'sale');
  const offline = rung(6, 'offline');
  const memory = Memory.of([sale, captured, voided, expired, returned, offline]);
  const answer = (draft: ReturnType<typeof payment>, body: unknown) => {
    memory.take(send(draft));
    memory.take(hear(draft, body));
  };
  answer(payment(sale), paid(sale.receipt));
  for (const held of [captured, voided, expired])
    answer(payment(held), { ...paid(held.receipt, { accrued: '0.00' }), state: 'AUTHORIZED' });
  const taken = (held: Rung) => memory.call(payment(held).call);
  const less = { total: '80.00', redeemed: '24.00', accrued: '2.80' };
  answer(secondStep(captured, 'capture', taken(captured)), paid(captured.receipt, less));
  answer(secondStep(voided, 'void', taken(voided)), {
    ...paid(voided.receipt, { redeemed: '0.00', accrued: '0.00' }),
    state: 'VOIDED',
  });
  answer(payment(returned), paid(returned.receipt));
  const [refund] = refunds(returned.receipt, basket, [40]);
  if (!refund) throw new Error('no refund');
  const parts = { moneyToReturn: '28.00', pointsReturned: '12.00', accrualClawedBack: '1.40' };
  answer(refund, { refund: 'RF-1', ...parts });
  const kept = paid(offline.receipt, { redeemed: '0.00', accrued: '5.00' });
  answer(batch('T01', 1, [offline]), { results: [{ receipt: offline.receipt, status: 201, payment: kept }] });
  return memory;
}

const asLedger = (memory: Memory): LedgerReceipt[] =>
  standingsOf(memory).map(({ customer: _who, moved: _moved, ...row }) => row);

describe('the end of a day', () => {
  it('each receipt is what its answers said, and moved what they said', () => {
    const stands = standingsOf(day());
    expect(stands.map(({ state, moved }) => [state, moved])).toEqual([
      ['CAPTURED', 350n - 3_000n],
      ['CAPTURED', 280n - 2_400n],
      ['VOIDED', 0n],
      ['EXPIRED', 0n],
      ['PARTIALLY_REFUNDED', 350n - 3_000n + 1_200n - 140n],
      ['CAPTURED', 500n],
    ]);
    expect(stands[4]).toMatchObject({ refunded: 4_000n, redeemed: 3_000n, total: 10_000n });
    expect(daySums(stands)).toEqual({ count: 4, total: '380.00', redeemed: '84.00', accrued: '14.80' });
    expect(illSums(day())).toEqual([]);
  });

  it('answers whose parts are not the whole are named', () => {
    const sale = rung(1, 'sale');
    const [refund] = refunds(sale.receipt, basket, [40]);
    if (!refund) throw new Error('no refund');
    const wrong = { refund: 'RF-1', moneyToReturn: '28.00', pointsReturned: '12.01', accrualClawedBack: '1.40' };
    const bad = { ...paid(sale.receipt), due: '70.01' };
    const lines = [sale, send(payment(sale)), hear(payment(sale), bad), send(refund), hear(refund, wrong)];
    expect(illSums(Memory.of(lines))).toHaveLength(2);
  });

  it('the ledger has the same receipts, each once', () => {
    const memory = day();
    const [stands, rows] = [standingsOf(memory), asLedger(memory)];
    expect(compareReceipts(stands, rows)).toEqual([]);
    const [first, second, ...rest] = rows;
    if (!first || !second) throw new Error('no rows');
    expect(compareReceipts(stands, [first, ...rows])).toEqual(['Receipt T01-0001 stands twice in the ledger.']);
    expect(compareReceipts(stands, [second, ...rest])).toEqual([
      expect.stringMatching(/T01-0001 is CAPTURED.* for its till, and nothing in the ledger/),
    ]);
    expect(compareReceipts(stands, [...rows, { ...first, receipt: 'T99-0001' }])).toEqual([
      "Receipt T99-0001 is in no till's journal.",
    ]);
    expect(compareReceipts(stands, [{ ...first, accrued: first.accrued + 1n }, second, ...rest])).toEqual([
      expect.stringMatching(/accrued 3\.50.*accrued 3\.51/),
    ]);
  });
});

const enough = Object.fromEntries(Object.entries(HAPPENINGS).map(([name, { least }]) => [name, least])) as Record<
  Happening,
  number
>;

describe('the tally', () => {
  it.each(Object.keys(HAPPENINGS) as Happening[])('a run of two minutes with one too few of %s is void', (name) => {
    expect(missing(enough)).toEqual([]);
    expect(isVoid(enough, 2)).toBe(false);
    const { label, least } = HAPPENINGS[name];
    const rare = { ...enough, [name]: least - 1 };
    expect(missing(rare)).toEqual([`${label}: ${least - 1} of ${least}`]);
    expect(isVoid(rare, 2)).toBe(true);
    expect(isVoid(rare, 1.99)).toBe(false);
  });

  it('counts answers, and tells which were not as promised', () => {
    const tally = new Tally();
    for (const ms of [10, 30, 20]) tally.answered(201, ms);
    tally.answered(503, 4_000);
    expect(brokenPromises(tally.answers)).toEqual([]);
    expect(tally.answers).toMatchObject({ total: 4, statuses: { 201: 3, 503: 1 }, medianMs: 30, slowestMs: 4_000 });
    tally.answered(500, 10);
    tally.answered(502, 10);
    tally.answered(201, 4_001);
    tally.broken(10);
    expect(brokenPromises(tally.answers)).toEqual([
      '1 answers had status 500.',
      '1 answers had status 502.',
      '1 calls were not answered at all.',
      '1 answers took over 4 s, the slowest 4001 ms.',
    ]);
  });
});

const equal = { customer: 0, ledger: 7_350n, target: 7_350n, card: 7_350n, own: 7_350n };
const result = (change: Partial<RunResult> = {}): RunResult => ({
  ...options,
  digest: 'a'.repeat(64),
  planned: 800,
  played: 800,
  seconds: 140,
  counts: enough,
  answers: new Tally().answers,
  receipts: { CAPTURED: 700, EXPIRED: 80 },
  figures: {
    writesSent: 320,
    writesApplied: 320,
    inDoubt: 0,
    resolved: 0,
    lateTwins: 0,
    breaks: {},
    ambiguous: 0,
    undecided: 0,
  },
  sums: [equal],
  contradictions: [],
  quiet: true,
  waitsFor: '',
  missing: [],
  isVoid: false,
  tuning: { perSecond: 200, perMinute: 6_000, altegioTimeoutMs: 3_000 },
  ...change,
});

describe('the verdict', () => {
  it('is 0 when all agrees, 1 for a difference, a contradiction or no rest, 2 when the run is void', () => {
    expect(exitCodeOf(result())).toBe(0);
    expect(exitCodeOf(result({ isVoid: true, missing: ['captures: 49 of 50'] }))).toBe(2);
    expect(exitCodeOf(result({ sums: [{ ...equal, own: 7_351n }], isVoid: true }))).toBe(1);
    expect(exitCodeOf(result({ contradictions: ['Receipt T01-0001 stands twice in the ledger.'] }))).toBe(1);
    expect(exitCodeOf(result({ quiet: false, waitsFor: '1 open workflows (payment:101:T01-0001)' }))).toBe(1);
  });

  it('is told in 100 columns with every figure and the raised limits, and names who differs', () => {
    const lines = [...tableOf(result()), ...verdictOf(result({ missing: missing({ ...enough, lost: 0, void: 3 }) }))];
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    const text = lines.join('\n');
    for (const { label } of Object.values(HAPPENINGS)) expect(text).toContain(label);
    expect(text).toMatch(/raised on both sides to 200 calls a second and 6000 a minute/);
    const wrong = result({ sums: [equal, { ...equal, customer: 1, card: 8_350n }] });
    expect(verdictOf(wrong).join(' ')).toMatch(/Customer 1 differs: ledger 73\.50, .*card 83\.50/);
    expect(jsonOf(wrong)).toMatchObject({ differences: { ledgerAndCard: '10.00' }, exitCode: 1 });
  });
});

describe('the command line', () => {
  it('has defaults, and refuses what it does not know in one sentence', () => {
    expect(readArguments([])).toMatchObject({ terminals: 20, minutes: 2, keep: false, json: null });
    expect(readArguments(['--terminals', '4', '--minutes', '0.3', '--seed', '7'])).toMatchObject({
      terminals: 4,
      minutes: 0.3,
      seed: 7,
    });
    expect(readArguments(['--help'])).toBeNull();
    for (const wrong of [['--terminals', '0'], ['--minutes', '0'], ['--minutes', '1e3'], ['--seed', 'x'], ['stray']]) {
      expect(() => readArguments(wrong)).toThrow(Refused);
    }
  });
});
