import { describe, expect, it } from 'vitest';
import { altegioTime } from '../../../domain/altegio-time.ts';
import { nameDrifts } from '../../../domain/drift-names.ts';
import { causeOf } from '../../../domain/journal.ts';
import { changedAtOf } from '../../../activities/ledger/event-text.ts';

const drifts = (...amounts: bigint[]) => amounts.map((left, index) => ({ id: BigInt(index + 1), left }));
const lines = (...amounts: bigint[]) => amounts.map((amount, index) => ({ lineId: BigInt(index + 10), amount }));
const named = (of: bigint[], by: bigint[], everything = false) =>
  Object.fromEntries(
    [...nameDrifts(drifts(...of), lines(...by), everything)].map(([line, id]) => [Number(line), Number(id)]),
  );

describe('which lines make up which drift', () => {
  it('two equal drifts take one line each', () => {
    expect(named([200n, 200n], [200n, 200n])).toEqual({ 10: 1, 11: 2 });
  });

  it('a line of exactly the amount goes before a part of an older one', () => {
    expect(named([700n, 300n], [300n, 700n])).toEqual({ 10: 2, 11: 1 });
  });

  it('several lines of both signs make up one drift together', () => {
    expect(named([800n], [1000n, -300n, 100n])).toEqual({ 10: 1, 11: 1, 12: 1 });
  });

  it('a part is kept with its drift; a line the other way waits for the balance that it moved', () => {
    expect(named([800n], [500n])).toEqual({ 10: 1 });
    expect(named([800n], [-300n])).toEqual({});
    expect(named([], [100n])).toEqual({});
  });

  it('when everything is explained, no line is left over', () => {
    expect(named([500n, 300n], [600n, 200n], true)).toEqual({ 10: 1, 11: 1 });
  });
});

describe('what Altegio writes', () => {
  it('a movement against its type’s sign is a cancelled one put back', () => {
    expect(causeOf(3, -100n)).toBe('visit_withdrawal');
    expect(causeOf(3, 100n)).toBe('visit_withdrawal_cancelled');
    expect(causeOf(2, -100n)).toBe('program_accrual_cancelled');
  });

  it('a query’s time is the same moment whether its offset is minded or not', () => {
    const at = Date.parse('2026-04-20T10:00:00Z');
    expect(altegioTime(at, 'Asia/Almaty')).toBe('2026-04-20T15:00:00+05:00');
    expect(altegioTime(at, 'America/Lima')).toBe('2026-04-20T05:00:00-05:00');
    expect(altegioTime(at, 'Nowhere/Known')).toBe('2026-04-20T10:00:00+00:00');
  });

  it.each([
    ['2026-04-20T14:22:50+0500', '2026-04-20T09:22:50.000Z'],
    ['2026-04-20T14:22:50+05:00', '2026-04-20T09:22:50.000Z'],
    ['2026-04-20 14:22:50Z', '2026-04-20T14:22:50.000Z'],
    ['2026-04-20 14:22:50', undefined],
    ['2026-04-99T14:22:50+0500', undefined],
    [17, undefined],
  ])('the stamp of a change %s', (stamp, instant) => {
    expect(changedAtOf({ last_change_date: stamp })?.toISOString()).toBe(instant);
  });
});
