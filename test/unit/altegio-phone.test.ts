import { describe, expect, it } from 'vitest';
import { phoneFromAltegio } from '../../activities/altegio/client/index.ts';
import { maskPhone, PhoneError, toAltegioDigits, toE164 } from '../../domain/phone.ts';

describe('V-01 phones are E.164 text', () => {
  it.each([
    ['+77010000011', undefined, '+77010000011'],
    ['+7 (701) 000-00-11', undefined, '+77010000011'],
    ['77010000011', undefined, '+77010000011'],
    ['0077010000011', 'KZ', '+77010000011'],
    ['8 701 000 00 11', 'KZ', '+77010000011'],
    ['701 000 00 11', 'kz', '+77010000011'],
    ['77010000011', 'KZ', '+77010000011'],
    ['020 7183 8750', 'GB', '+442071838750'],
    ['+442071838750', 'KZ', '+442071838750'],
    ['442071838750', 'KZ', '+442071838750'],
    ['(315) 555-0175', 'US', '+13155550175'],
    [' 13155550175 ', undefined, '+13155550175'],
  ])('V-01 reads %s (country %s) as %s', (text, country, e164) => {
    expect(toE164(text, country)).toBe(e164);
  });

  it.each([
    '',
    'abc',
    '+7701',
    '+770100000112233445',
    'call +77010000011',
    '+7 701 000 00 11 ext. 5',
    '0',
    '+0123456789',
  ])('V-01 refuses "%s" in a sentence that does not quote it', (text) => {
    expect(() => toE164(text)).toThrow(PhoneError);
    expect(() => toE164(text)).toThrow(/^must be a phone number with its country code/);
  });

  it('V-01 names the country in the refusal when it knows one', () => {
    expect(() => toE164('12', 'KZ')).toThrow(/phone number of KZ/);
  });
});

describe('V-02 digits for Altegio', () => {
  it('V-02 drops the plus and keeps the country code', () => {
    expect(toAltegioDigits('+13155550175')).toBe('13155550175');
    expect(toAltegioDigits('+77010000011')).toBe('77010000011');
    for (const bad of ['77010000011', '+7 701', '', '+7701000001122334']) {
      expect(() => toAltegioDigits(bad)).toThrow(PhoneError);
    }
  });
});

describe('masking', () => {
  it.each([
    ['+77010000011', '+7 *** *** ** 11'],
    ['+442071838750', '+44 *** *** ** 50'],
    ['+13155550175', '+1 *** *** ** 75'],
    ['+37120000012', '+371 *** *** 12'],
    ['nonsense', '***'],
  ])('shows of %s only %s', (e164, masked) => {
    expect(maskPhone(e164)).toBe(masked);
  });
});

describe('phones as Altegio spells them', () => {
  it.each([
    ['+77010000011', '+77010000011'],
    ['77010000011', '+77010000011'],
    [77010000011, '+77010000011'],
    ['+7 701 000-00-11', '+77010000011'],
    ['', null],
    [[], null],
    [null, null],
    [undefined, null],
    ['7701***0011', null],
    ['12', null],
    [0, null],
    [1.5, null],
  ])('reads %j as %j', (raw, e164) => {
    expect(phoneFromAltegio(raw)).toBe(e164);
  });
});
