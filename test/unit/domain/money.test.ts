import { describe, expect, it } from 'vitest';
import {
  AmountError,
  formatAmount,
  formatSigned,
  magnitude,
  maximum,
  minimum,
  parseAmount,
  parseForeignAmount,
} from '../../../domain/money.ts';

describe('amounts at our own doors', () => {
  it.each([
    ['30', 3000n],
    ['30.5', 3050n],
    ['30.00', 3000n],
    ['0.01', 1n],
    ['-0.05', -5n],
    ['-0.00', 0n],
    ['9999999999999.99', 999_999_999_999_999n],
    [30, 3000n],
    [0.1, 10n],
    [-12.34, -1234n],
    [-0, 0n],
  ])('read %j as %s minor units', (value, minor) => {
    expect(parseAmount(value)).toBe(minor);
  });

  it.each([
    '',
    ' 1',
    '1 ',
    '+1',
    '.5',
    '1.',
    '1,50',
    '1e2',
    '0x10',
    'NaN',
    'Infinity',
    '1.005',
    '12345678901234',
    '1_0',
  ])('refuse the text %j', (text) => {
    expect(() => parseAmount(text)).toThrow(AmountError);
  });

  it.each([NaN, Infinity, -Infinity, 1e21, 1e-7, 0.1 + 0.2, 1.005])('refuse the number %s', (value) => {
    expect(() => parseAmount(value)).toThrow(AmountError);
  });

  it.each([
    [0n, '0.00', '+0.00'],
    [5n, '0.05', '+0.05'],
    [-5n, '-0.05', '−0.05'],
    [-350n, '-3.50', '−3.50'],
    [123_456n, '1234.56', '+1234.56'],
  ])('write %s as %s, in titles as %s', (minor, text, signed) => {
    expect(formatAmount(minor)).toBe(text);
    expect(formatSigned(minor)).toBe(signed);
  });
});

describe("Altegio's amounts", () => {
  it.each([
    [0.66000000000000003, 66n],
    ['0.66000000000000003', 66n],
    ['0.65999999999999992', 66n],
    [884.89, 88_489n],
    [1200, 120_000n],
    ['1200.5', 120_050n],
    [' 30.00 ', 3000n],
    ['1.005', 101n],
    ['-1.005', -101n],
    ['-1.004999', -100n],
    ['0.994999', 99n],
    ['0.995', 100n],
    [-3403.04, -340_304n],
    [0.1 + 0.2, 30n],
    ['12345678901234567890.12', 1_234_567_890_123_456_789_012n],
  ])('read %j as %s minor units, whatever binary noise it carries', (value, minor) => {
    expect(parseForeignAmount(value)).toBe(minor);
  });

  it.each(['', 'abc', '1e5', '1 000', '--1', '1.2.3', NaN, Infinity, 1e21, 1e-7])('refuse %j', (value) => {
    expect(() => parseForeignAmount(value)).toThrow(AmountError);
  });
});

describe('comparing amounts', () => {
  it('finds the smallest, the larger one and the size', () => {
    expect(minimum(3n, -1n, 2n)).toBe(-1n);
    expect(minimum(3n)).toBe(3n);
    expect([maximum(1n, 2n), maximum(2n, 1n)]).toEqual([2n, 2n]);
    expect([magnitude(-7n), magnitude(7n), magnitude(0n)]).toEqual([7n, 7n, 0n]);
  });
});
