// What the doors read: amounts, ids, card numbers, phones, scans; and what they refuse.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { countryOf } from '../../api/http/country.ts';
import { parseJson } from '../../api/http/json.ts';
import { Problem } from '../../api/http/problem.ts';
import {
  altegioId,
  cardNumber,
  nonNegativeAmount,
  positiveAmount,
  receipt,
  signedAmount,
} from '../../api/http/schemas.ts';
import { parse } from '../../api/http/validate.ts';
import { lookupBody, paymentBody } from '../../api/pos/bodies.ts';
import { maskName } from '../../api/pos/documents.ts';
import { codeFromScan } from '../../domain/card-scan.ts';

const read = (schema: z.ZodType, json: string): unknown => {
  const result = schema.safeParse(parseJson(json));
  return result.success ? result.data : 'refused';
};

test('amounts are decimal texts or numbers with two decimals at most; nothing is rounded', () => {
  for (const [json, minor] of [
    ['"1200.00"', 120_000n],
    ['"0.5"', 50n],
    ['1200', 120_000n],
    ['0.01', 1n],
    ['333.33', 33_333n],
    ['9999999999999.99', 999_999_999_999_999n],
  ] as const)
    expect(read(positiveAmount, json), json).toBe(minor);
  const refused = [
    '"NaN"',
    '"1e3"',
    '1e3',
    '1E+2',
    '1e309',
    '-1e309',
    '1.005',
    '"1.005"',
    '0.1000000000000000055',
    '" 1"',
    '""',
  ];
  for (const json of [...refused, '"1,00"', '"٣"', 'true', 'null', '[]', '{}', '"Infinity"', '12345678901234567890'])
    expect(read(positiveAmount, json), json).toBe('refused');
});

test('each kind of amount has its sign', () => {
  expect([read(positiveAmount, '0'), read(positiveAmount, '-1'), read(positiveAmount, '"-0.01"')]).toEqual(
    Array(3).fill('refused'),
  );
  expect([read(nonNegativeAmount, '0'), read(nonNegativeAmount, '-0.01')]).toEqual([0n, 'refused']);
  expect([read(signedAmount, '"-10.00"'), read(signedAmount, '5'), read(signedAmount, '0.00')]).toEqual([
    -1000n,
    500n,
    'refused',
  ]);
});

test('V-44 a card number is text: as a JSON number of any length it is refused, as text no digit is lost', () => {
  const long = '12345678901234567890123456';
  expect(read(cardNumber, `"${long}"`)).toBe(long);
  expect(read(cardNumber, '"0012345678901234"')).toBe('0012345678901234');
  for (const json of ['4000123412341234', '12345678901234567890', '1e15', '7'])
    expect(read(cardNumber, json), json).toBe('refused');
});

test('V-44 an id of Altegio keeps every digit, as an integer and as text', () => {
  expect(read(altegioId, '101')).toBe(101n);
  expect(read(altegioId, '"101"')).toBe(101n);
  expect(read(altegioId, '9007199254740991')).toBe(9_007_199_254_740_991n);
  expect(read(altegioId, '9007199254740993')).toBe(9_007_199_254_740_993n);
  expect(read(altegioId, '1234567890123456789')).toBe(1_234_567_890_123_456_789n);
  expect(read(altegioId, '"9007199254740993"')).toBe(9_007_199_254_740_993n);
  for (const json of ['0', '-1', '1.5', '1e3', '"1e3"', '"0101"', '""', 'null', 'true', '12345678901234567890'])
    expect(read(altegioId, json), json).toBe('refused');
});

test('V-44 JSON keeps what is not a number as it is', () => {
  const json = '{"a":"1e3","b":["\\"12345678901234567890"],"c":12,"d":-0.5,"e":null,"12345678901234567890":1}';
  expect(parseJson(json)).toEqual(JSON.parse(json));
  expect(() => parseJson('{"a":1e}')).toThrow(SyntaxError);
  expect(() => parseJson('01')).toThrow(SyntaxError);
});

test('a receipt is 1 to 64 of the characters it may have', () => {
  for (const text of ['R-1', '2026-11-21/000123', 'a_b.c', 'x'.repeat(64)])
    expect(read(receipt, JSON.stringify(text))).toBe(text);
  for (const text of ['', 'x'.repeat(65), 'R 1', 'R:1', 'Ж1', 'R\n'])
    expect(read(receipt, JSON.stringify(text)), text).toBe('refused');
});

/** The paths a body is refused with. */
function paths(schema: z.ZodType, body: unknown): string[] {
  try {
    parse(schema, body);
    return [];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(error.code).toBe('invalid_request');
    return (error.options.errors ?? []).map(({ path }) => path);
  }
}

test('a refusal names every bad field by its path', () => {
  const good = { receipt: 'R-1', phone: '+77011234567', total: '100.00', redeem: 'max' };
  expect(paths(paymentBody, good)).toEqual([]);
  expect(paths(paymentBody, { ...good, total: 'x', redeem: -1 })).toEqual(['total', 'redeem']);
  expect(paths(paymentBody, { ...good, lines: [{ id: '1', title: 'a', amount: '1.005' }] })).toEqual([
    'lines.0.amount',
  ]);
  expect(paths(paymentBody, { ...good, lines: [{ id: '1', title: 'a', amount: '1', price: 2 }] })).toEqual([
    'lines.0.price',
  ]);
  expect(paths(paymentBody, { ...good, visit: { recordId: 1, visitId: 2 } })).toEqual([]);
  expect(paths(paymentBody, { ...good, visit: { recordId: 1, place: 2 } })).toEqual(['visit.visitId', 'visit.place']);
  expect(paths(paymentBody, { ...good, capture: 'no' })).toEqual(['capture']);
  expect(paths(paymentBody, { ...good, occurredAt: '2026-11-21' })).toEqual(['occurredAt']);
  expect(paths(paymentBody, { ...good, cardNumber: '123' })).toEqual(['phone']);
  expect(paths(paymentBody, { receipt: 'R-1', total: 1, redeem: 'max' })).toEqual(['accountId']);
  expect(paths(paymentBody, [])).toEqual(['']);
  expect(paths(paymentBody, undefined)).toEqual(['']);
  const twice = [0, 1].map(() => ({ id: '1', title: 'a', amount: '50' }));
  expect(paths(paymentBody, { ...good, lines: twice })).toEqual(['lines.1.id']);
  expect(paths(lookupBody, {})).toEqual(['phone']);
});

test('what is asked to redeem has one form inside', () => {
  const redeem = (json: string) => read(z.object({ redeem: paymentBody.shape.redeem }), `{"redeem":${json}}`);
  for (const [json, inner] of [
    ['"max"', 'max'],
    ['"none"', 'none'],
    ['"30"', '30.00'],
    ['30.5', '30.50'],
    ['0', 'none'],
    ['"0.00"', 'none'],
  ])
    expect(redeem(json ?? '')).toEqual({ redeem: inner });
  for (const json of ['"all"', '-1', '"1e2"', 'null', 'true']) expect(redeem(json), json).toBe('refused');
});

test('a scan is read from tracks, addresses and plain codes', () => {
  for (const [scan, code] of [
    [' 4000123412341234\r\n', '4000123412341234'],
    ['%B4000123412341234^DOE/J^2512?', '4000123412341234'],
    [';4000123412341234=2512101?', '4000123412341234'],
    [';4000123412341234?', '4000123412341234'],
    ['%B4000123412341234^X?;9999=1?', ''],
    ['https://cards.example.com/c/AB-12?x=1', 'AB-12'],
    ['https://cards.example.com/', ''],
  ])
    expect(codeFromScan(scan ?? '')).toBe(code);
});

test('the country of a location follows from its time zone', () => {
  expect(['Asia/Almaty', 'Europe/Berlin', 'Europe/Moscow', 'Europe/Kyiv', 'America/New_York'].map(countryOf)).toEqual([
    'KZ',
    'DE',
    'RU',
    'UA',
    'US',
  ]);
  expect(countryOf('UTC')).toBeUndefined();
  expect(countryOf('Nowhere/Land')).toBeUndefined();
});

test('a name at the till is masked', () => {
  expect(maskName('Aigerim Sultanova')).toBe('A*** S***');
  expect(maskName('  Ли  ')).toBe('Л***');
});
