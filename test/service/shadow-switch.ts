/** What tests do with a program's shadow: switch it, read a day of it, and count what nothing of it may add to. */
import { expect } from 'vitest';
import type { Answer, Stand } from './stand.ts';

/** Switches the shadow of the stand's program, and answers how it stands then. */
export async function switchShadow(stand: Stand, on: boolean): Promise<Answer['body']> {
  const path = `/programs/${stand.programId}/shadow`;
  const answer = await stand.admin(path, { on, reason: 'a trial' }, 'PUT');
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}

/** Today by the program's clock. */
export const shadowToday = (): string => new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Almaty' });

/** A day's differences, today's without a query. */
export async function shadowDay(stand: Stand, query = `?day=${shadowToday()}`): Promise<Answer['body']> {
  return (await stand.admin(`/programs/${stand.programId}/shadow${query}`)).body;
}

/** How many rows each table has. */
export async function rowCounts(stand: Stand, tables: readonly string[]): Promise<Record<string, number>> {
  const counts = tables.map(async (table) => {
    const { rows } = await stand.pool.query<{ n: number }>(`select count(*)::int as n from ${table}`);
    return [table, rows[0]?.n ?? -1] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}
