import { describe, expect, it } from 'vitest';
import { shownAmount, shownDecimals } from '../../../domain/currency.ts';

describe('amounts as people read them', () => {
  it('have as many decimals as their currency, at most two', () => {
    expect(['KZT', 'EUR', 'JPY', 'VND', 'BHD'].map(shownDecimals)).toEqual([2, 2, 0, 0, 2]);
  });

  it.each([
    ['1500.00', 'VND', '1500'],
    ['−1500.00', 'VND', '−1500'],
    ['0.00', 'JPY', '0'],
    ['1500.50', 'VND', '1500.50'],
    ['0.01', 'JPY', '0.01'],
    ['1500.00', 'KZT', '1500.00'],
    ['', 'VND', ''],
  ])('%s in %s is %s', (text, code, shown) => {
    expect(shownAmount(text, code)).toBe(shown);
  });
});
