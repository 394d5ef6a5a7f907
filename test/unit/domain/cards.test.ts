// Card numbers: what may be issued, what stands on the stripe, and what a check says about cards.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkCards, type CardLine, issueFault } from '../../../domain/card-check.ts';
import {
  type CardRange,
  hasCheckDigit,
  newCardNumber,
  numberFor,
  rangeFault,
  rangeOf,
  rangesOverlap,
  secretBits,
} from '../../../domain/card-number.ts';
import { isCounted, runOfThree } from '../../../domain/card-sequence.ts';
import { readScan } from '../../../domain/card-scan.ts';
import { trackData, trackRefusal, tracksFor } from '../../../domain/card-tracks.ts';

const DIGITS: CardRange = { prefix: '27', characters: 'digits', length: 16 };
const SIGNS: CardRange = { prefix: '0A', characters: 'alphanumeric', length: 10 };
const RANGES = [
  { ...DIGITS, programId: 'prg_a' },
  { ...SIGNS, programId: 'prg_b' },
];
const line = (number: string, tracks: Record<number, string> = {}, barcode: string | null = null): CardLine => ({
  number,
  tracks: new Map(Object.entries(tracks).map(([track, content]) => [Number(track) as 1 | 2 | 3, content])),
  barcode,
});
const verdict = (lines: readonly CardLine[], rule: string, programId: string | null = null, needsTracks = false) =>
  checkCards(lines, { ranges: RANGES, programId, needsTracks }).find((one) => one.rule === rule);

test('P-28 numbers come from the given source, hold no run of 3 in sequence, and leave at least 40 bits to guess', () => {
  for (const range of [DIGITS, SIGNS]) {
    let asked = 0;
    const source = (count: number) => {
      asked += 1;
      return randomBytes(count);
    };
    const numbers = Array.from({ length: 1_000 }, () => newCardNumber(source, range));
    expect(asked).toBeGreaterThanOrEqual(1_000);
    expect(new Set(numbers).size).toBe(1_000);
    expect(runOfThree(numbers)).toBeNull();
    expect(secretBits(range)).toBeGreaterThanOrEqual(40);
    expect(numbers.every((number) => number.length === range.length && number.startsWith(range.prefix))).toBe(true);
    // Each place takes every sign of its alphabet about equally often: far from it, and the source is not used evenly.
    const places = range.length - range.prefix.length - (range.characters === 'digits' ? 1 : 0);
    const signs = range.characters === 'digits' ? 10 : 32;
    for (let place = range.prefix.length; place < range.prefix.length + places; place += 1) {
      const counts = new Map<string, number>();
      for (const number of numbers) counts.set(number[place] ?? '', (counts.get(number[place] ?? '') ?? 0) + 1);
      expect(counts.size).toBe(signs);
      expect(Math.max(...counts.values())).toBeLessThan((1_000 / signs) * 2.5);
    }
  }
  expect(Array.from({ length: 50 }, () => newCardNumber(randomBytes, DIGITS)).every(hasCheckDigit)).toBe(true);
});

test('a sequence is found wherever its three numbers stand, with a check digit and with any even step', () => {
  expect(runOfThree(['2700000000000005', '9', '2700000000000004', '77', '2700000000000006'])).toEqual([
    '2700000000000004',
    '2700000000000005',
    '2700000000000006',
  ]);
  expect(runOfThree(['AB12CD34', 'AB12CD35', 'AB12CD36'])).not.toBeNull();
  expect(runOfThree(['11111111', '22222222', '33333333'])).toHaveLength(3);
  // 4000000000000 to …2 with their check digits are 20 and 17 apart.
  const luhn = ['4000000000000', '4000000000001', '4000000000002'].map((body) =>
    Array.from('0123456789')
      .map((digit) => body + digit)
      .find(hasCheckDigit),
  );
  expect(runOfThree(luhn.map(String))).toEqual(luhn);
  expect(runOfThree(['10000000', '10000001', '10000003'])).toBeNull();
  expect([isCounted('11111111'), isCounted('12345678'), isCounted('87654321'), isCounted('81645327')]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test('a range that leaves too little to guess, or is no range, is refused with a sentence', () => {
  expect(rangeFault(DIGITS)).toBeNull();
  expect(rangeFault(SIGNS)).toBeNull();
  expect(rangeFault({ prefix: '', characters: 'digits', length: 16 })).toContain('prefix');
  expect(rangeFault({ prefix: 'A', characters: 'digits', length: 16 })).toContain('digits');
  expect(rangeFault({ prefix: '2', characters: 'digits', length: 7 })).toContain('8 to 37');
  expect(rangeFault({ prefix: '27', characters: 'digits', length: 15 })).toContain('39 bits');
  expect(rangeFault({ prefix: 'AB', characters: 'alphanumeric', length: 9 })).toContain('35 bits');
});

test('a number tells its program, and ranges of which one begins the other overlap', () => {
  expect(rangeOf('2712345678901234', RANGES)?.programId).toBe('prg_a');
  expect(rangeOf('0A23456789', RANGES)?.programId).toBe('prg_b');
  expect(rangeOf('9', RANGES)).toBeNull();
  expect(rangesOverlap({ prefix: '27' }, { prefix: '2' })).toBe(true);
  expect(rangesOverlap({ prefix: '2' }, { prefix: '27' })).toBe(true);
  expect(rangesOverlap({ prefix: '27' }, { prefix: '28' })).toBe(false);
  // A program without a range never draws a number of another's.
  const drawn = ['2712345678901234', '3312345678901234'];
  expect(numberFor('prg_c', RANGES, () => drawn.shift() ?? '')).toBe('3312345678901234');
  expect(issueFault('1234567', { ranges: [], programId: null, needsTracks: false })).toContain('at least 8');
  expect(issueFault('2712345678901234', { ranges: RANGES, programId: 'prg_b', needsTracks: false })).toContain('0A…');
});

test('P-30 digits and letters go to tracks 1 and 3, and track 2 is refused', () => {
  expect(tracksFor('AB12CD34')).toEqual([1, 3]);
  expect(trackRefusal('AB12CD34', 1)).toBeNull();
  expect(trackRefusal('AB12CD34', 3)).toBeNull();
  expect(trackRefusal('AB12CD34', 2)).toContain('track 2 holds digits only');
  expect(verdict([line('AB12CD34', { 1: 'AB12CD34', 2: 'AB12CD34' })], 'tracks')).toMatchObject({ pass: false });
  expect(verdict([line('AB12CD34', { 1: 'AB12CD34' })], 'tracks')).toMatchObject({ pass: true });
  expect(tracksFor('ab12cd34')).toEqual([]);
  expect(trackRefusal('ab12cd34', 1)).toContain('small letters');
});

test('P-34 a number stands on its tracks byte for byte: digits on 1 and 2, letters on 1 and 3', () => {
  for (const [number, tracks] of [
    ['0012345678', [1, 2]],
    ['00AB12CD34', [1, 3]],
  ] as const) {
    const data = trackData(number);
    expect([...data.keys()]).toEqual(tracks);
    for (const content of data.values()) expect(Buffer.from(content)).toEqual(Buffer.from(number));
  }
  const added = { 1: 'B0012345678', 2: '0012345678=2512' };
  expect(verdict([line('0012345678', added)], 'tracks')).toEqual({
    rule: 'tracks',
    pass: false,
    reason: 'Track 1 holds B0012345678: characters are added to the number.',
  });
  const encrypted = { 2: '9382716450' };
  expect(verdict([line('0012345678', encrypted)], 'tracks')?.reason).toContain('not the number 0012345678 as it is');
  expect(verdict([line('0012345678', { 1: '%0012345678?', 2: ';0012345678?' })], 'tracks')?.pass).toBe(true);
  expect(trackRefusal('1'.repeat(38), 2)).toContain('37 characters');
});

test('a check names the rule, the line and the reason; good cards pass all rules', () => {
  const good = Array.from({ length: 3 }, () => newCardNumber(randomBytes, DIGITS));
  const lines = good.map((number) => line(number, { 1: number, 2: number }, number));
  const rules = checkCards(lines, { ranges: RANGES, programId: 'prg_a', needsTracks: true });
  expect(rules.filter(({ pass }) => !pass)).toEqual([]);
  expect(rules.map(({ rule }) => rule)).toEqual(['length', 'random', 'range', 'characters', 'tracks', 'barcode']);
  expect(verdict([...lines, line('1234567')], 'length')?.reason).toBe(
    'Line 4: 1234567 has 7 characters; at least 8 are needed.',
  );
  expect(verdict([...lines, ...lines], 'random')?.reason).toContain('twice');
  expect(verdict([line('27111111')], 'random')?.reason).toContain('counts instead');
  expect(verdict([line('2793817462')], 'random')?.reason).toContain('bits to guess');
  expect(verdict(lines, 'range', 'prg_b')?.reason).toContain("outside the program's range 0A…");
  expect(verdict([line('9912345678')], 'range')?.reason).toContain("no program's range");
  expect(verdict([line('9912345678')], 'range', 'prg_c')?.pass).toBe(true);
  expect(verdict([line('27-1234567')], 'characters')?.reason).toContain('other characters');
  expect(verdict([line(String(good[0]))], 'tracks', null, true)?.reason).toContain('has no track');
  expect(verdict([line('2712345678', {}, '2712345679')], 'barcode')?.reason).toContain('2712345679');
});

test('tracks that tell different numbers name nobody, and a track that could not be read says so', () => {
  expect(readScan('%B4000123412341234^X^2512?;9999000011112222=2512?')).toMatchObject({
    number: null,
    fault: expect.stringContaining('track 2 says 9999000011112222'),
  });
  expect(readScan('%E?;4000123412341234?')).toMatchObject({
    number: '4000123412341234',
    fault: 'The reader could not read track 1.',
  });
  expect(readScan('%E?;E?+E?')).toMatchObject({
    number: null,
    fault: 'The reader could not read track 1 and 2 and 3.',
  });
  expect(readScan('   ').fault).toBe('Nothing arrived.');
  expect(readScan('https://cards.example.com/').fault).toContain('no code');
});
