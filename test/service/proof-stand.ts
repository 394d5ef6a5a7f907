/** What the tests of proof share: a ledger in which everything has happened, and hands that change it behind our back. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Answer, Stand } from './stand.ts';
import { until } from './until.ts';

type Person = ReturnType<Stand['person']>;

/** The account's id, met for the first time if need be. */
export async function known(stand: Stand, person: Person): Promise<string> {
  return await stand.meet(person);
}

/** A payment of 100.00; answers its document. */
export async function pay(stand: Stand, person: Person, receipt: string, redeem = '30.00', key?: string) {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  const body = { receipt, phone: `+${person.phone}`, total: '100.00', redeem };
  let document: Answer['body'] = null;
  await until(`${receipt} is captured`, async () => {
    // On a busy machine the answer may come as 202, or 503 and then nothing has happened: as a till, ask again.
    const asked = document?.state === 'PENDING' ? await stand.till(`/payments/${document.id}`) : null;
    document = (asked ?? (await stand.till('/payments', body, { headers }))).body;
    return document.state === 'CAPTURED' ? true : document;
  });
  return document;
}

/** Staff change a card, and a webhook tells of the customer. */
export async function staff(stand: Stand, person: Person, amount: string): Promise<void> {
  await stand.control('/staff/adjust', { cardId: person.card?.id, amount });
  await tell(stand, person);
}

/** An event of the customer, which says nothing about balances. */
export async function tell(stand: Stand, person: Person): Promise<void> {
  const clientId = person.clientIds[stand.locationId];
  const data = { id: clientId, phone: `+${person.phone}`, name: person.name, last_change_date: randomUUID() };
  const { locationId } = stand;
  await stand.control('/webhooks/send', {
    locationId,
    resource: 'client',
    resourceId: clientId,
    status: 'update',
    data,
  });
}

/** Payments, changes by staff, an adjustment and a debt, on persons 1 to 3; both books are equal afterwards. */
export async function mixedRun(stand: Stand): Promise<void> {
  const [one, two, three] = [stand.person(1), stand.person(2), stand.person(3)];
  await known(stand, one);
  await pay(stand, one, 'MIX-1');
  await stand.bothHold(one, '73.50');
  await staff(stand, one, '50.00');
  await stand.bothHold(one, '123.50');
  await pay(stand, two, 'MIX-2', 'none');
  const account = await known(stand, one);
  const asked = await stand.admin(`/accounts/${account}/adjustments`, { amount: '-10.00', reason: 'a test' });
  await stand.client.workflow.getHandle(asked.body.workflowId).result();
  await stand.bothHold(one, '113.50');
  // Staff empty a card whose redemption Altegio has not been told: the rest is debt.
  await known(stand, three);
  await staff(stand, three, '40.00');
  await stand.bothHold(three, '40.00');
  await stand.control('/faults', { call: 'write', fault: '5xx_before' });
  await pay(stand, three, 'MIX-3');
  await stand.control('/staff/adjust', { cardId: three.card?.id, amount: '-40.00' });
  await stand.control('/faults', undefined, 'DELETE');
  await until('the rest is debt', async () => {
    const seen = await stand.account(three);
    return seen.ledger.debt === '26.50' && (await stand.altegio(three)) === '0.00' ? true : seen.ledger;
  });
  await stand.quiet();
  await followJournal(stand);
}

/** Lets the journal tail run now, until every confirmed write has its line. */
export async function followJournal(stand: Stand): Promise<void> {
  await stand.client.workflow.execute('journalTail', {
    workflowId: `journalTail:${stand.chainId}-${randomUUID()}`,
    taskQueue: `${stand.taskQueuePrefix}orchestration`,
    args: [{ chainId: String(stand.chainId), daysBack: 1 }],
  });
  await until('every write has its line', async () => {
    const { rows } = await stand.pool.query(
      `select id::text from altegio_write where state = 'confirmed' and line_id is null
        union all select line_id::text from altegio_line where claim is null`,
    );
    return rows.length === 0 ? true : rows;
  });
}

/** Statements of a superuser who switches every trigger off; what they change is put back by {@link Tampering.undo}. */
export class Tampering {
  private readonly client: pg.Client;

  private constructor(client: pg.Client) {
    this.client = client;
  }

  /** Opens a transaction behind our back. */
  static async begin(stand: Stand): Promise<Tampering> {
    const client = new pg.Client({ connectionString: stand.databaseUrl });
    await client.connect();
    return new Tampering(client);
  }

  /** Runs statements with all triggers off. */
  async run(...statements: string[]): Promise<void> {
    await this.client.query('set session_replication_role = replica');
    for (const statement of statements) await this.client.query(statement);
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
