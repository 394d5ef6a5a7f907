import { describe, expect, it } from 'vitest';
import {
  adoptRead,
  answered,
  declareUnknown,
  judgeRead,
  type Line,
  mayBePartial,
  type Mirror,
  nextStep,
  open,
  refused,
  resolve,
  tail,
} from '../../../domain/mirror.ts';

const NOW = { windowPassed: false, explanationOverdue: false };
const mirror = (change: Partial<Mirror> = {}, active = 500n): Mirror => ({
  balances: { active, held: 0n, pending: 0n, debt: 0n },
  confirmed: active,
  unexplained: 0n,
  unknown: 0n,
  open: null,
  awaiting: [],
  given: [],
  ...change,
});
const line = (id: bigint, amount: bigint, firstSeenAt = 9): Line => ({ id, amount, firstSeenAt });
const write = { writeId: 1n, amount: 100n, sentAt: 1, baseline: 400n };
const opened = mirror({ confirmed: 400n, open: write });
const settled = <T>(taken: T | 'needsBalance'): T => {
  if (taken === 'needsBalance') throw new Error('a balance was given');
  return taken;
};

describe('the next step of a card', () => {
  it('is the missing difference, and only with nothing open and nothing unexplained', () => {
    expect(nextStep(mirror(), NOW)).toEqual({ step: 'done' });
    expect(nextStep(mirror({ confirmed: 400n }), NOW)).toEqual({ step: 'send', amount: 100n, baseline: 400n });
    expect(nextStep(mirror({ confirmed: 400n, unexplained: 1n }), NOW)).toEqual({ step: 'explain' });
    expect(nextStep(opened, NOW)).toEqual({ step: 'wait' });
  });

  it('is to resolve after the window and to declare unknown when waiting for lines has ended', () => {
    expect(nextStep(opened, { ...NOW, windowPassed: true })).toEqual({ step: 'resolve' });
    const overdue = { ...NOW, explanationOverdue: true };
    expect(nextStep(mirror({ unexplained: 1n }), overdue)).toEqual({ step: 'declareUnknown' });
  });
});

describe('a write', () => {
  it('is opened for exactly what is missing', () => {
    const missing = mirror({ confirmed: 400n });
    expect(open(missing, write).open).toEqual(write);
    expect(() => open(missing, { ...write, amount: 99n })).toThrow(RangeError);
    expect(() => open(missing, { ...write, baseline: 399n })).toThrow(RangeError);
    expect(() => open(opened, write)).toThrow(RangeError);
    expect(() => open({ ...missing, unexplained: 1n }, write)).toThrow(RangeError);
    expect(() => open(mirror(), { ...write, amount: 0n, baseline: 500n })).toThrow(RangeError);
  });

  it('that was answered waits for its line; what the answer shows beyond it is drift', () => {
    const plain = answered(opened, 500n);
    expect(plain).toMatchObject({ drift: 0n, mirror: { confirmed: 500n, open: null, awaiting: [write] } });
    const drifted = answered(opened, 470n);
    expect(drifted).toMatchObject({ drift: -30n, mirror: { confirmed: 470n, unexplained: -30n } });
    expect(drifted.mirror.balances.active).toBe(470n);
  });

  it('that was refused leaves everything as it was', () => {
    expect(refused(opened)).toEqual(mirror({ confirmed: 400n }));
  });

  it('in doubt is applied when a line of its amount came', () => {
    const decided = resolve(opened, 500n, [line(1n, 100n)]);
    expect(decided).toMatchObject({ drift: 0n, claims: { applied: true } });
    expect(decided.mirror).toEqual(mirror());
  });

  it('in doubt without a line is given up, and the difference is sent again', () => {
    const { mirror: after } = resolve(opened, 400n, []);
    expect(after).toMatchObject({ open: null, given: [write] });
    expect(nextStep(after, NOW)).toEqual({ step: 'send', amount: 100n, baseline: 400n });
  });

  it('given up whose line comes late is compensated: the target gets back what the drift took', () => {
    const sentAgain = mirror({ given: [write] });
    expect(tail(sentAgain, [line(1n, 100n)], null)).toBe('needsBalance');
    const { mirror: after, drift } = settled(tail(sentAgain, [line(1n, 100n)], 600n));
    expect(drift).toBe(0n);
    expect(after).toMatchObject({ confirmed: 600n, unexplained: 0n, given: [], balances: { active: 500n } });
    expect(nextStep(after, NOW)).toEqual({ step: 'send', amount: -100n, baseline: 600n });
  });

  it('that is open keeps reads and lines from being taken', () => {
    expect(() => adoptRead(opened, 400n)).toThrow(RangeError);
    expect(() => tail(opened, [], null)).toThrow(RangeError);
    expect(() => answered(mirror(), 1n)).toThrow(RangeError);
    expect(() => resolve(mirror(), 1n, [])).toThrow(RangeError);
  });
});

describe('drift', () => {
  it('moves the balance when it is read; its line explains it and moves nothing', () => {
    const read = adoptRead(mirror(), 620n);
    expect(read).toMatchObject({ drift: 120n, mirror: { confirmed: 620n, unexplained: 120n } });
    const explained = settled(tail(read.mirror, [line(1n, 120n)], null));
    expect(explained).toMatchObject({ drift: 0n, mirror: { unexplained: 0n, balances: { active: 620n } } });
  });

  it('whose line comes first is explained as soon as it is read', () => {
    const early = settled(tail(mirror(), [line(1n, -50n)], null)).mirror;
    expect(nextStep(early, NOW)).toEqual({ step: 'explain' });
    const read = adoptRead(early, 450n).mirror;
    expect(nextStep(read, NOW)).toEqual({ step: 'done' });
  });

  it('declared unknown no longer stops sending, and a later line names it', () => {
    const given = declareUnknown(adoptRead(mirror(), 430n).mirror);
    expect(given).toMatchObject({ unknown: -70n, unexplained: 0n });
    expect(nextStep(given, NOW)).toEqual({ step: 'done' });
    const part = settled(tail(given, [line(1n, -20n)], null)).mirror;
    expect(part).toMatchObject({ unknown: -50n, unexplained: 0n, balances: given.balances });
    const rest = settled(tail(part, [line(2n, -60n)], null)).mirror;
    expect(rest).toMatchObject({ unknown: 0n, unexplained: 10n, balances: given.balances });
  });
});

describe('a balance that a till read before the lock', () => {
  it('is adopted when nothing has changed since, else read again', () => {
    expect(judgeRead(mirror(), 480n, true)).toMatchObject({ verdict: 'adopt', adoption: { drift: -20n } });
    expect(judgeRead(mirror(), 480n, false)).toEqual({ verdict: 'readAgain' });
  });

  it('is good enough with or without the open write, and says nothing about drift', () => {
    const verdicts = [400n, 500n, 450n, 600n].map((balance) => judgeRead(opened, balance, false).verdict);
    expect(verdicts).toEqual(['goodEnough', 'goodEnough', 'readAgain', 'readAgain']);
  });
});

describe('a withdrawal that Altegio may have cut', () => {
  it('is one that should have left something and left nothing', () => {
    const withdrawal = { amount: -2_650n, baseline: 10_000n };
    expect(mayBePartial(withdrawal, 0n)).toBe(true);
    expect(mayBePartial(withdrawal, 7_350n)).toBe(false);
    expect(mayBePartial(withdrawal, 100n)).toBe(false);
    expect(mayBePartial({ amount: -10_000n, baseline: 10_000n }, 0n)).toBe(false);
    expect(mayBePartial({ amount: 500n, baseline: 0n }, 0n)).toBe(false);
  });
});
