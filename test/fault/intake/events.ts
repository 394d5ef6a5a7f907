/** Altegio's events at our door, and what has become of them. */
import pg from 'pg';
import { type Answer, call, type Stand } from '../../service/stand.ts';

type Person = ReturnType<Stand['person']>;

/** The value below which a share of the numbers lies, rounded up. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return Math.ceil(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
}

/** An appointment of a customer has changed; `change` tells one change from another. */
export function recordEvent(stand: Stand, person: Person, change: string): object {
  const client = { id: person.clientIds[stand.locationId], name: person.name, phone: `+${person.phone}` };
  const data = { id: person.index, client, last_change_date: change };
  return { company_id: stand.locationId, resource: 'record', resource_id: person.index, status: 'update', data };
}

/** See the file's header. */
export class Events {
  private readonly stand: Stand;
  private readonly path: string;

  private constructor(stand: Stand, path: string) {
    this.stand = stand;
    this.path = path;
  }

  /** Finds the address that set-up has given to Altegio. */
  static async of(stand: Stand): Promise<Events> {
    const { body } = await stand.admin(`/connections/${stand.locationId}`);
    return new Events(stand, new URL(body.webhookUrl).pathname);
  }

  /** Delivers one event to an API. */
  send(person: Person, change: string, api = 0): Promise<Answer> {
    return this.post(recordEvent(this.stand, person, change), api);
  }

  /** Delivers any body. */
  post(body: unknown, api = 0): Promise<Answer> {
    return call(`${this.stand.apiUrls[api]}${this.path}`, { body });
  }

  /** How many of a customer's events have had their work begun. */
  async started(person: Person): Promise<number> {
    const { rows } = await this.stand.pool.query<{ n: number }>(
      `select count(*)::int as n from inbox join account on account.id = inbox.account_id
        where account.phone = $1 and inbox.state = 'started'`,
      [`+${person.phone}`],
    );
    return rows[0]?.n ?? 0;
  }

  /** How many reconciliations of a customer Temporal has seen. */
  async runs(person: Person): Promise<number> {
    const { id } = await this.stand.account(person);
    const query = `WorkflowId='reconciliation:${this.stand.chainId}:${id}'`;
    return (await this.stand.client.workflow.count(query)).count;
  }

  /** Keeps every relay from the inbox until released, as if each were about to look. */
  async holdInbox(): Promise<() => Promise<void>> {
    const holder = new pg.Client({ connectionString: this.stand.databaseUrl });
    holder.on('error', () => undefined);
    await holder.connect();
    await holder.query(`
      create function hold() returns trigger language plpgsql as $$
        begin perform pg_advisory_xact_lock_shared(4712); return new; end $$;
      create trigger hold before update on inbox for each row execute function hold()`);
    await holder.query('select pg_advisory_lock(4712)');
    return async () => {
      await holder.query('select pg_advisory_unlock(4712)');
      await holder.query('drop trigger hold on inbox; drop function hold');
      await holder.end();
    };
  }
}
