// How the fuzzer judges an answer, and when a run counts.
import { expect, test } from 'vitest';
import { type AnswerLine, countByDoor, type DoorDoc, faultOf, missing, tableOf } from '../fuzz/tally.ts';
import { readArguments } from '../fuzz/arguments.ts';

const doc = (door: string, statuses: [number, string[]][]): [string, DoorDoc] => [
  door,
  { door, statuses: new Map(statuses.map(([status, codes]) => [status, new Set(codes)])) },
];
const docs = new Map([
  doc('POST /v1/payments', [
    [201, []],
    [422, ['timed_out']],
    [500, ['internal']],
    [503, ['unavailable']],
  ]),
  doc('GET /v1/rewards', [[501, ['rewards_not_available']]]),
]);
const line = (fields: Partial<AnswerLine>): AnswerLine => ({
  door: 'POST /v1/payments',
  status: 201,
  code: null,
  ms: 20,
  requestId: null,
  request: 'POST …',
  ...fields,
});
const judge = (fields: Partial<AnswerLine>, faulty = false) => faultOf(line(fields), docs, faulty);

test('an answer is judged by its status, its code and its time', () => {
  expect(judge({})).toBeNull();
  expect(judge({ status: 422, code: 'timed_out' })).toBeNull();
  expect(judge({ status: 422, code: 'lines_mismatch' })).toContain('lines_mismatch, which is not documented');
  expect(judge({ status: 418 })).toContain('418, which is not documented');
  expect(judge({ status: 500, code: 'internal' })).toContain('500');
  expect(judge({ ms: 4_001 })).toContain('4001 ms');
});

test('503 is right only while Altegio fails, 501 only for rewards', () => {
  expect(judge({ status: 503, code: 'unavailable' })).toContain('503');
  expect(judge({ status: 503, code: 'unavailable' }, true)).toBeNull();
  expect(judge({ status: 501 })).toContain('501');
  expect(judge({ door: 'GET /v1/rewards', status: 501, code: 'rewards_not_available' })).toBeNull();
});

test('a method that an address does not take is refused, and nothing else', () => {
  expect(judge({ door: 'DELETE /v1/payments', status: 405, code: 'method_not_allowed' })).toBeNull();
  expect(judge({ door: 'DELETE /v1/payments', status: 200 })).toContain('not documented');
});

test('a run counts when it has enough cases, enough of them good, and has reached every door', () => {
  const lines = [
    line({}),
    line({ status: 422, code: 'timed_out' }),
    line({ door: 'OPTIONS /v1/payments', status: 200 }),
  ];
  const rows = countByDoor(lines, [...docs.keys()]);
  expect(rows[0]).toMatchObject({ cases: 2, slowestMs: 20 });
  expect(missing(lines, rows, { cases: 3, good: 1 })).toEqual(['Never called: GET /v1/rewards.']);
  expect(missing(lines, rows, { cases: 4, good: 2 })).toHaveLength(3);
  expect(tableOf(rows)[1]).toMatch(/^POST \/v1\/payments +2 +20 ms {2}201×1 422×1$/);
});

test('it refuses surroundings that are not its own, and counts that are none', () => {
  expect(() => readArguments([], { DATABASE_URL: 'postgres://elsewhere' })).toThrow('DATABASE_URL');
  expect(() => readArguments(['--cases', '0'], {})).toThrow('--cases');
  expect(readArguments(['--help'], {})).toBeNull();
  expect(readArguments(['--seed', '7'], {})).toMatchObject({ cases: 5_000, seed: 7, paths: null });
});
