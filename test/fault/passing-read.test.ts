import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStand, type Stand } from '../service/stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('passing-read');
});
afterAll(() => stand?.close());

describe("a till's read that fails in passing", () => {
  it.each([
    ['429', 1],
    ['drop_before', 2],
    ['5xx_before', 4],
  ])('%s once: it is read again within the time of the till, and the redemption goes through', async (fault, index) => {
    const person = stand.person(index);
    const accountId = await stand.meet(person);
    const opening = Number(person.card?.balance);
    await stand.quiet();
    await stand.control('/faults', { call: 'read', fault, times: 1 });
    const paid = await stand.till('/payments', { receipt: `P-${fault}`, accountId, total: '10.00', redeem: '3.00' });
    expect(paid).toMatchObject({ status: 201, body: { state: 'CAPTURED', redeemed: '3.00' } });
    await stand.bothHold(person, (opening - 3 + 0.35).toFixed(2));
  });
});
