import { describe, expect, it } from 'vitest';
import { CARD_1, testSandbox } from './helpers.ts';

const { api, control, manual, balance } = await testSandbox();
const report = async (): Promise<Record<string, number>> => control('GET', '/limits');

describe('limits per address', () => {
  it('refuses the sixth call of a second with 429, in the envelope, without any headers', async () => {
    await control('POST', '/limits', { perSecond: 5, perMinute: 200 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => manual(1)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(3);
    expect(refused[0]?.body).toEqual({
      success: false,
      data: null,
      meta: { message: 'Превышен лимит запросов, попробуйте повторить запрос через 0 секунд' },
    });
    expect(await balance()).toBe('105.00');
    expect(await report()).toEqual({ perSecond: 5, perMinute: 200, peakPerSecond: 8, peakPerMinute: 8, refused: 3 });
  });

  it('lets calls through again as the second passes, refused ones not counting', async () => {
    await control('POST', '/limits', { perSecond: 1, perMinute: 200 });
    expect((await api('GET', '/groups')).status).toBe(200);
    // Knocking all the time: if refusals counted, this would never be let in again.
    await expect.poll(async () => (await api('GET', '/groups')).status, { timeout: 5000, interval: 50 }).toBe(200);
    expect((await report())['refused']).toBeGreaterThan(0);
  });

  it('refuses over the minute although the second has room, and counts before faults', async () => {
    await control('POST', '/limits', { perSecond: 1000, perMinute: 3 });
    await control('POST', '/faults', { call: 'any', fault: '404' });
    const statuses: number[] = [];
    for (let count = 0; count < 5; count += 1) statuses.push((await api('GET', '/groups')).status);
    expect(statuses).toEqual([404, 404, 404, 429, 429]);
    const faults = await control<{ hits: number }[]>('GET', '/faults');
    expect(faults.map(({ hits }) => hits)).toEqual([3]);
    await control('DELETE', '/faults');
  });

  it('never limits /control, and logs refused calls', async () => {
    await control('POST', '/limits', { perSecond: 1, perMinute: 1 });
    await control('DELETE', '/requests');
    for (let count = 0; count < 10; count += 1) await control('GET', '/cards');
    await manual(1, CARD_1);
    await manual(1, CARD_1);
    const log = await control<{ status: number; applied: boolean }[]>('GET', '/requests?path=manual');
    expect(log.map(({ status, applied }) => [status, applied])).toEqual([
      [200, true],
      [429, false],
    ]);
  });
});
