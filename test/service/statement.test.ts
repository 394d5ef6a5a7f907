// The statement of one customer: both books line by line, in three forms and three languages.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvCell } from '../../api/console/statement-rows.ts';
import { known, mixedRun, pay, Tampering } from './proof-stand.ts';
import { type Answer, startStand, type Stand } from './stand.ts';

let stand: Stand;
let id: string;
beforeAll(async () => {
  stand = await startStand('statement');
  await mixedRun(stand);
  id = await known(stand, stand.person(1));
});
afterAll(() => stand?.close());

const statement = async (query = '', account = id): Promise<Answer> =>
  await stand.admin(`/accounts/${account}/statement${query}`);

async function document(query: string, accept = '*/*') {
  const headers = { authorization: 'Bearer admin-test', accept };
  const answer = await fetch(`${stand.apiUrls[0]}/api/accounts/${id}/statement${query}`, { headers });
  return { type: answer.headers.get('content-type') ?? '', body: Buffer.from(await answer.arrayBuffer()) };
}

describe('the statement', () => {
  it('B-05 pairs one Altegio line with all transfers it nets, with running balances of both books and nothing unexplained', async () => {
    const { body } = await statement();
    expect(body).toMatchObject({
      opening: { ledger: '0.00', altegio: '0.00' },
      closing: { ledger: '113.50', altegio: '113.50' },
      unexplained: '0.00',
      unexplainedItems: [],
    });
    const rows = body.entries.map((entry: Answer['body']) => [
      entry.kind,
      entry.ledger.transfers.map(({ code, amount }: Answer['body']) => `${code} ${amount}`).join(', '),
      entry.altegio.amount,
      entry.balance.ledger,
      entry.balance.altegio,
    ]);
    expect(rows).toEqual([
      ['opening', 'opening 100.00', '100.00', '100.00', '100.00'],
      ['write', 'redemption -30.00, accrual 3.50', '-26.50', '73.50', '73.50'],
      ['external', 'external 50.00', '50.00', '123.50', '123.50'],
      ['write', expect.stringMatching(/^adjustment -/), '-10.00', '113.50', '113.50'],
    ]);
    const [, sale, topUp] = body.entries;
    expect(sale.ledger.transfers[0].receipt).toBe('MIX-1');
    expect(topUp.altegio.lines).toMatchObject([{ amount: '50.00', typeName: 'manual +', cause: 'staff_top_up' }]);
    const debt = (await statement('', await known(stand, stand.person(3)))).body;
    expect(debt).toMatchObject({ unexplained: '0.00', closing: { ledger: '0.00', altegio: '0.00' } });
  });

  it('B-05 lists what has no partner on either side and why, and says exactly what is unexplained', async () => {
    const person = stand.person(6);
    const account = await known(stand, person);
    await stand.control('/faults', { call: 'write', fault: '5xx_before' });
    await pay(stand, person, 'S-W', 'none');
    const waiting = (await statement('', account)).body;
    expect(waiting.unpaired.ledger).toMatchObject([{ why: 'waiting_for_write', ledger: { amount: '5.00' } }]);
    await stand.control('/faults', undefined, 'DELETE');
    await stand.quiet();
    await stand.pool.query(
      `insert into altegio_line (chain_id, line_id, card_id, type_id, amount)
       select chain_id, 999, card_id, 5, 700 from altegio_card where account_id = $1`,
      [account],
    );
    const lone = (await statement('', account)).body;
    expect(lone.unpaired.altegio).toMatchObject([{ why: 'waiting_for_match', altegio: { amount: '7.00' } }]);
    expect(lone.unexplained).toBe('0.00');
    const superuser = await Tampering.begin(stand);
    await superuser.run(`update altegio_card set confirmed = confirmed + 100 where account_id = '${account}'`);
    const off = (await statement('', account)).body;
    await superuser.run(`update altegio_card set confirmed = confirmed - 100 where account_id = '${account}'`);
    await superuser.close();
    expect(off).toMatchObject({ unexplained: '1.00', unexplainedItems: [{ amount: '1.00' }] });
  });

  it('B-05 takes days of the location and moments, and refuses dates that do not exist', async () => {
    const all = (await statement()).body;
    const cut = new Date(Date.parse(all.entries[2].at));
    const from = cut.toISOString();
    const later = (await statement(`?from=${encodeURIComponent(from)}`)).body;
    expect(later.opening).toEqual(all.entries[1].balance);
    expect(later.entries).toHaveLength(all.entries.length - 2);
    expect(all.timeZone).toBe('Asia/Almaty');
    expect(all.entries[0].at).toMatch(/\+05:00$/);
    const today = all.entries[0].at.slice(0, 10);
    expect((await statement(`?from=${today}&to=${all.entries.at(-1).at.slice(0, 10)}`)).body.entries).toHaveLength(4);
    for (const query of ['?from=2026-02-30', '?to=tomorrow', '?from=2026-11-02&to=2026-11-01', '?lang=fr', '?x=1']) {
      const refused = await statement(query);
      expect([query, refused.status, refused.body.code]).toEqual([query, 400, 'invalid_request']);
    }
    expect((await statement('', 'acc_00000000000000000000000000')).status).toBe(404);
  });

  it('B-05 as CSV it keeps amounts usable and never becomes a formula; as PDF it is in the customer’s language', async () => {
    const csv = await document('?lang=ru', 'text/csv');
    expect(csv.type).toContain('text/csv');
    expect([...csv.body.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const lines = csv.body.toString('utf8').trim().split('\r\n');
    expect(lines[0]).toContain('Дата,Операция,Чек,Бонусы,Остаток в учёте');
    expect(lines.find((line) => line.includes('MIX-1'))).toMatch(
      /,Оплата бонусами,MIX-1,-30\.00,,\d+,-26\.50,73\.50,,"30\.00 из 30\.00 бонусов.*версия 1\."$/,
    );
    expect(lines.at(-1)).toContain('Без объяснения');
    expect(csvCell('=1+1')).toBe(`'=1+1`);
    expect(csvCell('@x')).toBe(`'@x`);
    expect(csvCell('-30.00')).toBe('-30.00');
    expect(csvCell('-a,"b"')).toBe(`"'-a,""b"""`);
    expect((await document('?format=csv')).body.toString('utf8')).toContain('Бонуспен төлем');
    expect((await document('?format=csv&lang=en')).body.toString('utf8')).toContain('Paid with points');
    const pdf = await document('?format=pdf');
    expect(pdf.type).toContain('application/pdf');
    expect(pdf.body.subarray(0, 5).toString()).toBe('%PDF-');
    const text = pdf.body.toString('latin1');
    expect(text).toContain('/Lang (kk)');
    expect(text).toContain('NotoSans');
    expect(text).not.toContain('Helvetica');
  });
});
