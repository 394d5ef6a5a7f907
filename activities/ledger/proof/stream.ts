/** Reading rows of any count in bounded memory: a cursor of the transaction under way, looked at one row ahead. */
import type pg from 'pg';

const ROWS_AT_ONCE = 2_000;

/** See the file's header. `name` is the cursor's, once a transaction. */
export class RowStream<Row extends pg.QueryResultRow> {
  private rows: Row[] = [];
  private next = 0;
  private state: 'new' | 'open' | 'over' = 'new';
  private readonly client: pg.ClientBase;
  private readonly name: string;
  private readonly query: string;

  constructor(client: pg.ClientBase, name: string, query: string) {
    this.client = client;
    this.name = name;
    this.query = query;
  }

  /** The row that {@link take} would take; null at the end. */
  async peek(): Promise<Row | null> {
    if (this.next >= this.rows.length) await this.fetch();
    return this.rows[this.next] ?? null;
  }

  /** Takes the next row; null at the end. */
  async take(): Promise<Row | null> {
    const row = await this.peek();
    this.next += 1;
    return row;
  }

  private async fetch(): Promise<void> {
    if (this.state === 'over') return;
    if (this.state === 'new') await this.client.query(`declare ${this.name} no scroll cursor for ${this.query}`);
    this.state = 'open';
    this.rows = (await this.client.query<Row>(`fetch ${ROWS_AT_ONCE} from ${this.name}`)).rows;
    this.next = 0;
    if (this.rows.length > 0) return;
    this.state = 'over';
    await this.client.query(`close ${this.name}`);
  }
}
