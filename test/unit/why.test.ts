// "Why this many?": every explanation in eight languages, with its numbers, the program and its version, and no gap left.
import { describe, expect, test } from 'vitest';
import { WHY_LANGUAGES, whySentence } from '../../api/console/why/sentence.ts';
import { programSettings } from '../../domain/program.ts';
import { type StoredFacts, type StoredSale, type Why, whyOf } from '../../domain/why.ts';

const at = new Date('2026-11-30T19:00:00Z');
const WHYS: readonly Why[] = [
  { kind: 'earned', amount: 10_500n, base: 210_000n, percent: '5', receipt: 'R-1' },
  { kind: 'redeemed', amount: 1_200n, whole: 3_000n, total: 10_000n, receipt: 'R-1', expiresAt: at },
  { kind: 'redeemed', amount: 1_200n, whole: 3_000n, total: 10_000n, receipt: 'R-1', expiresAt: null },
  { kind: 'returned', amount: 1_200n, refunded: 4_000n, total: 10_000n, receipt: 'R-1' },
  { kind: 'expiredOnReturn', amount: 1_200n, refunded: 4_000n, receipt: 'R-1' },
  { kind: 'takenBack', amount: 140n, money: 2_800n, percent: '5', receipt: 'R-1' },
  { kind: 'undone', amount: 140n, of: 'payment:101:R-1', reason: 'sold twice' },
  { kind: 'expired', amount: 20_000n, expiresAt: at },
  { kind: 'activated', amount: 50_000n, activatesAt: at },
  { kind: 'activated', amount: 50_000n, activatesAt: null },
  {
    kind: 'external',
    amount: 12_000n,
    expected: 50_000n,
    balance: 62_000n,
    causes: ['staff_top_up', 'overdue_points_cancelled'],
  },
  { kind: 'external', amount: 12_000n, expected: 50_000n, balance: 62_000n, causes: [] },
  { kind: 'adjusted', amount: -1_000n, whole: -1_000n, reason: 'a mistake.' },
  { kind: 'given', amount: 1_000n, reason: '' },
  { kind: 'withdrawn', amount: 1_000n, reason: 'x' },
  { kind: 'opening', amount: 10_000n },
  { kind: 'repaid', amount: 1_600n },
  { kind: 'earnedInVisit', amount: 500n, percent: '5', visit: '4711' },
  { kind: 'takenBackInVisit', amount: 500n, percent: '5', visit: '4711' },
  { kind: 'redeemedInVisit', amount: 3_000n, visit: '4711' },
  { kind: 'returnedInVisit', amount: 3_000n, visit: '4711' },
];
const say = (why: Why, language: (typeof WHY_LANGUAGES)[number] = 'en') =>
  whySentence({ why, program: 'Bonus', version: 3 }, language, 'Asia/Almaty');

describe('the sentence of a transfer', () => {
  test('B-12 there are eight languages, and in each every explanation says all of its numbers, the program and the version', () => {
    expect(WHY_LANGUAGES).toHaveLength(8);
    for (const language of WHY_LANGUAGES)
      for (const why of WHYS) {
        const sentence = say(why, language);
        expect(sentence).not.toMatch(/[{}]|undefined|null/);
        expect(sentence).toMatch(/Bonus/);
        expect(sentence).toMatch(/3/);
        for (const value of Object.values(why) as unknown[]) {
          if (typeof value !== 'bigint') continue;
          const digits = `${value < 0n ? -value : value}`;
          expect(sentence).toContain(`${digits.slice(0, -2)}.${digits.slice(-2)}`);
        }
      }
  });

  test('B-12 no two languages say the same, so none was left out', () => {
    for (const why of WHYS) expect(new Set(WHY_LANGUAGES.map((language) => say(why, language))).size).toBe(8);
  });

  test('B-12 a sentence reads plainly', () => {
    expect(WHYS.map((why) => say(why)).slice(0, 2)).toEqual([
      '5 % of the 2100.00 of money that earns on receipt R-1 is 105.00 points. Program Bonus, version 3.',
      '12.00 of the 30.00 points that paid receipt R-1 of 100.00; they would have expired on 2026-12-01 and go before later ones. Program Bonus, version 3.',
    ]);
    expect(say(WHYS[10] as Why)).toContain('the salon’s staff added points, Altegio’s own expiry, taken back');
    expect(say(WHYS[12] as Why)).toContain('by −10.00: a mistake.');
    expect(say({ kind: 'adjusted', amount: -650n, whole: -1_000n, reason: 'x' })).toContain(
      '−6.50 of the −10.00 by which',
    );
    expect(say(WHYS[13] as Why, 'ru')).toContain('причина не указана');
  });
});

describe('what is stored becomes an explanation', () => {
  const settings = programSettings.parse({
    name: 'Bonus',
    currency: 'KZT',
    accrual: { levels: [{ from: '0.00', percent: '5' }] },
    redeem: {},
    excludedCategories: ['certificate'],
  });
  const sale: StoredSale = {
    receipt: 'R-1',
    total: 400_000n,
    redeemed: 90_000n,
    due: 310_000n,
    percent: '5',
    lines: [
      { id: 'a', amount: 300_000n },
      { id: 'b', amount: 100_000n, category: 'certificate' },
    ],
    money: [],
    settings,
  };
  const facts = (parts: Partial<StoredFacts>): StoredFacts => ({
    code: 'accrual',
    amount: 10_500n,
    reason: null,
    learnedAt: at,
    asked: null,
    sale: null,
    refund: null,
    visit: null,
    undoes: null,
    lot: null,
    drift: null,
    ...parts,
  });

  test('B-12 the money that earned leaves out what the version excludes and what points paid', () => {
    expect(whyOf(facts({ sale }))).toEqual({
      kind: 'earned',
      amount: 10_500n,
      base: 210_000n,
      percent: '5',
      receipt: 'R-1',
    });
  });

  test('B-12 a part of an adjustment names the whole, and taking it back is not called a part', () => {
    const adjusted = (amount: bigint, asked: bigint | null) =>
      whyOf(facts({ code: 'adjustment', amount, asked, reason: 'x' }));
    expect(adjusted(-650n, -1_000n)).toMatchObject({ amount: -650n, whole: -1_000n });
    expect(adjusted(1_000n, -1_000n)).toMatchObject({ amount: 1_000n, whole: 1_000n });
    expect(adjusted(500n, null)).toMatchObject({ amount: 500n, whole: 500n });
    const lot = { expiresAt: null, activatesAt: at };
    expect(whyOf(facts({ code: 'activation', lot }))).toMatchObject({ activatesAt: at });
    expect(whyOf(facts({ code: 'activation', lot, asked: 100n }))).toMatchObject({ activatesAt: null });
  });

  test('B-12 every code has an explanation, with a sale, a refund, an undo or nothing around it', () => {
    const codes = [
      'accrual',
      'redemption',
      'refund',
      'clawback',
      'expiry',
      'adjustment',
      'external',
      'opening',
      'activation',
      'repayment',
    ] as const;
    const around: Partial<StoredFacts>[] = [
      {},
      { sale },
      { sale, refund: { amount: 1n, money: 1n } },
      { undoes: 'payment:1:R', reason: 'x' },
      { visit: { id: '4711', percent: '5' } },
    ];
    for (const code of codes)
      for (const parts of around)
        for (const language of WHY_LANGUAGES)
          expect(say(whyOf(facts({ code, ...parts })), language)).not.toMatch(/[{}]|undefined/);
  });
});
