/** What tests do with visits in Altegio: book, pay and change them, and see what became of it with us. */
import { expect } from 'vitest';
import type { Answer, Stand } from './stand.ts';
import { until } from './until.ts';

/** A visit in the sandbox with its one record. */
export interface Visit {
  readonly visitId: number;
  readonly recordId: number;
}

/** A visit with the account of its customer. */
export interface Booked {
  readonly id: string;
  readonly visit: Visit;
}

/** See the file's header. */
export class Visits {
  private readonly stand: () => Stand;

  constructor(stand: () => Stand) {
    this.stand = stand;
  }

  readonly book = (index: number, items: object[], attendance = 1): Promise<Visit> => {
    const stand = this.stand();
    const { phone } = stand.person(index);
    return stand.control('/visits', { locationId: stand.locationId, phone, items, attendance });
  };

  /** Somebody who is known and holds a balance, and an appointment of theirs. */
  readonly booked = async (index: number, items: object[], attendance = 1): Promise<Booked> => {
    const id = await this.stand().meet(this.stand().person(index));
    return { id, visit: await this.book(index, items, attendance) };
  };

  readonly act = (visit: Visit, action: string, body: object = {}): Promise<Answer['body']> =>
    this.stand().control(`/visits/${visit.visitId}/${action}`, body);

  readonly withdraw = (visit: Visit, index: number, amount: string): Promise<Answer['body']> =>
    this.act(visit, 'withdraw', { cardId: this.stand().person(index).card?.id, amount });

  /** The visit's entry; undefined while nobody has seen it. */
  readonly seen = async ({ visitId }: Visit): Promise<Answer['body']> =>
    (await this.stand().admin(`/visits?locationId=${this.stand().locationId}&visitId=${visitId}`)).body.items[0];

  /** Waits until the visit's entry matches, and answers it. */
  readonly becomes = async (visit: Visit, wanted: object): Promise<Answer['body']> => {
    await until(
      `visit ${visit.visitId} becomes ${JSON.stringify(wanted)}`,
      async () => {
        const now = await this.seen(visit);
        try {
          expect(now).toMatchObject(wanted);
          return true;
        } catch {
          return now ?? 'not seen';
        }
      },
      90_000,
      500,
    );
    return await this.seen(visit);
  };

  /** What was posted for the account, oldest first: codes with signed amounts. */
  readonly postings = async (accountId: string): Promise<string[]> => {
    const { items } = (await this.stand().admin(`/accounts/${accountId}/transfers`)).body;
    return items.toReversed().map(({ code, amount }: { code: string; amount: string }) => `${code} ${amount}`);
  };

  readonly runsOf = async ({ visitId }: Visit): Promise<number> => {
    let runs = 0;
    const query = `WorkflowId='visit:${this.stand().locationId}:${visitId}'`;
    for await (const _run of this.stand().client.workflow.list({ query })) runs += 1;
    return runs;
  };

  /** What was gathered has been worked on; what comes now starts a run of its own. */
  readonly noRunIsOpen = ({ visitId }: Visit): Promise<void> =>
    until(
      'no run of the visit is open',
      async () => {
        const run = await this.stand()
          .client.workflow.getHandle(`visit:${this.stand().locationId}:${visitId}`)
          .describe();
        return run.status.name === 'COMPLETED' ? true : run.status.name;
      },
      60_000,
    );

  /** Waits until so many runs of the visit have begun, and the last has ended. */
  readonly looked = async (visit: Visit, runs: number): Promise<void> => {
    await until(`run ${runs} of the visit has begun`, async () => (await this.runsOf(visit)) >= runs, 60_000);
    await this.noRunIsOpen(visit);
  };
}
