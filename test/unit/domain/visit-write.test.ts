import { describe, expect, it } from 'vitest';
import { claimLines, type Mirror, open } from '../../../domain/mirror.ts';
import { mayWithdraw, openCancel, settleVisitWrite, withinAsked } from '../../../domain/visit-write.ts';

const balances = { active: 500n, held: 0n, pending: 0n, debt: 0n };
const mirror = (change: Partial<Mirror> = {}): Mirror => ({
  balances,
  confirmed: 500n,
  unexplained: 0n,
  unknown: 0n,
  open: null,
  awaiting: [],
  given: [],
  ...change,
});
const write = { writeId: 7n, amount: -300n, sentAt: 1, baseline: 500n, visitId: 9n };
const reserved = { ...balances, held: 300n };
const opened = open(mirror({ balances: reserved }), write);

describe('points may be taken in a visit', () => {
  it('with nothing else pending, and at most what Altegio is known to hold', () => {
    expect(mayWithdraw(mirror(), 500n)).toBe(true);
    expect(mayWithdraw(mirror(), 501n)).toBe(false);
    expect(mayWithdraw(mirror(), 0n)).toBe(false);
    expect(mayWithdraw(mirror({ unexplained: 1n }), 100n)).toBe(false);
    expect(mayWithdraw(mirror({ confirmed: 400n }), 100n)).toBe(false);
    expect(mayWithdraw(opened, 100n)).toBe(false);
  });

  it('and the write then is exactly what the hold makes missing', () => {
    expect(opened.open).toEqual(write);
    expect(() => open(mirror(), write)).toThrow(RangeError);
  });
});

describe('a withdrawal is settled by what the visit says', () => {
  it.each([
    ['as asked', -300n, 200n],
    ['less, because Altegio caps it without a word', -120n, 380n],
  ])('%s', (_name, moved, confirmed) => {
    const settled = settleVisitWrite(opened, moved, true);
    expect(settled).toEqual({ ...opened, confirmed, open: null });
  });

  it('its own lines are the newest, within what was asked: older ones are of others, or of a late write', () => {
    const lines = [
      { lineId: 1n, amount: -300n },
      { lineId: 5n, amount: -200n },
      { lineId: 4n, amount: -100n },
    ];
    expect(withinAsked(lines, -300n).map(({ lineId }) => lineId)).toEqual([4n, 5n]);
    expect(withinAsked(lines.slice(1), -300n)).toHaveLength(2);
    expect(withinAsked(lines.slice(0, 1), -299n)).toEqual([]);
    const back = lines.map(({ lineId, amount }) => ({ lineId: -lineId, amount: -amount }));
    expect(withinAsked(back, 600n)).toHaveLength(3);
  });

  it('nothing is forgotten after an answer, and remembered where the answer was lost', () => {
    expect(settleVisitWrite(opened, 0n, true).given).toEqual([]);
    expect(settleVisitWrite(opened, 0n, false).given).toEqual([write]);
  });

  it('never in the other direction, never by more than was asked, and never without a write', () => {
    expect(() => settleVisitWrite(opened, 300n, true)).toThrow(RangeError);
    expect(() => settleVisitWrite(opened, -301n, true)).toThrow(RangeError);
    expect(() => settleVisitWrite(mirror(), -300n, true)).toThrow(RangeError);
  });
});

describe('taking a withdrawal back', () => {
  const back = { ...write, amount: 300n, baseline: 200n };
  it('needs nothing to be missing by exactly that: a clawback is written after it', () => {
    const known = mirror({ confirmed: 200n, balances: { ...balances, active: 465n } });
    const settled = settleVisitWrite(openCancel(known, back), 300n, true);
    expect(settled).toMatchObject({ confirmed: 500n, open: null });
  });

  it('waits for what is open or unexplained', () => {
    expect(() => openCancel(opened, back)).toThrow(RangeError);
    expect(() => openCancel(mirror({ confirmed: 200n, unexplained: 1n }), back)).toThrow(RangeError);
    expect(() => openCancel(mirror(), back)).toThrow(RangeError);
    expect(() => openCancel(mirror({ confirmed: 200n }), { ...back, amount: -300n })).toThrow(RangeError);
  });
});

describe('a late line of a withdrawal given up', () => {
  const given = { awaiting: [], given: [write] };
  const line = { foreign: true, firstSeenAt: 5, visitId: 9n };
  it('is known by the visit, whatever the amount and however many there are', () => {
    const claims = claimLines(
      given,
      [
        { ...line, id: 1n, amount: -66n },
        { ...line, id: 2n, amount: -54n },
      ],
      null,
    );
    expect(claims.claims.map(({ as, writeId, ambiguous }) => [as, writeId, ambiguous])).toEqual([
      ['twin', 7n, true],
      ['twin', 7n, true],
    ]);
    expect(claims.twins).toBe(-120n);
  });

  it.each([
    ['of another visit', { visitId: 10n, amount: -300n }],
    ['of no visit', { visitId: null, foreign: false, amount: -300n }],
    ['that gives points back', { amount: 300n }],
    ['that was there before', { amount: -300n, firstSeenAt: 0 }],
  ])('is none %s', (_name, change) => {
    const [claim] = claimLines(given, [{ ...line, id: 1n, ...change }], null).claims;
    expect(claim).toMatchObject({ as: 'external', writeId: null });
  });

  it('and a manual write never claims a line of a visit', () => {
    const manual = { writeId: 8n, amount: -300n, sentAt: 1 };
    const [claim] = claimLines({ awaiting: [manual], given: [] }, [{ ...line, id: 1n, amount: -300n }], null).claims;
    expect(claim).toMatchObject({ as: 'external', writeId: null });
  });
});
