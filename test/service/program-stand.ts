/** A stand whose nights and sweeps come when a test says so, and what tests of a program over time do with it. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { NightTold } from '../../activities/inputs.ts';
import { type Answer, startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

const PROGRAM = {
  name: 'Bonus',
  currency: 'KZT',
  timeZone: 'Asia/Almaty',
  accrual: { levels: [{ from: '0.00', percent: '5' }], base: 'money' },
  redeem: { maxShare: '1' },
};

/** A payment as a till sends it: of the rest of it the tests know best. */
interface Sale {
  readonly accountId: string;
  readonly redeem: string;
  readonly [more: string]: unknown;
}

/** Brings the stand up; its program is one of 5 %, payable in full by points, or made with `settings`. */
export async function startProgramStand(name: string, settings: object = {}): Promise<Stand> {
  const { redeem, timeZone } = PROGRAM;
  const stand = await startStand(name, { people: 24, program: { timeZone, redeem, ...settings } });
  // What the schedules do by themselves each minute and quarter of an hour, the tests do when it is their turn.
  for (const id of [`nightly:${stand.chainId}`, `sweep:${stand.chainId}`])
    await until(`${id} is paused`, () =>
      stand.client.schedule
        .getHandle(id)
        .pause()
        .then(
          () => true,
          () => 'not there yet',
        ),
    );
  await stand.quiet();
  return stand;
}

/** See the file's header. */
export class ProgramTime {
  private readonly stand: () => Stand;

  constructor(stand: () => Stand) {
    this.stand = stand;
  }

  /** Runs the night now, as its schedule does. */
  readonly night = async (): Promise<NightTold[]> => {
    const { client, chainId, taskQueuePrefix } = this.stand();
    return (await client.workflow.execute('nightly', {
      workflowId: `nightly:${chainId}-${randomUUID()}`,
      taskQueue: `${taskQueuePrefix}orchestration`,
      args: [{ chainId: `${chainId}` }],
    })) as NightTold[];
  };

  /** The same after the day of the last night is opened again, as if another had begun. */
  readonly nextNight = async (): Promise<NightTold[]> => {
    await this.stand().pool.query('delete from night');
    return await this.night();
  };

  /** Lets so many days pass for all lots, nights and warnings, by moving them back. */
  readonly daysPass = async (days: number): Promise<void> => {
    const { pool } = this.stand();
    const back = `make_interval(days => ${days})`;
    await pool.query(
      `update lot set created_at = created_at - ${back}, activates_at = activates_at - ${back}, expires_at = expires_at - ${back}`,
    );
    await pool.query(`update night set date = date - ${days}, as_of = as_of - ${back}`);
    await pool.query(`update expiry_warning set date = date - ${days}, ends_on = ends_on - ${days}`);
  };

  /** Lets the sweep tell Altegio of the cards in line now, as its schedule does once a minute. */
  readonly sweep = async (): Promise<void> => {
    const { client, chainId, taskQueuePrefix } = this.stand();
    await client.workflow.execute('sweep', {
      workflowId: `sweep:${chainId}-${randomUUID()}`,
      taskQueue: `${taskQueuePrefix}orchestration`,
      args: [{ chainId: `${chainId}`, hours: 24, cards: 1, waiting: 100 }],
    });
  };

  /** A customer with exactly this balance in both books; answers the account. */
  readonly holding = async (index: number, balance: string): Promise<string> => {
    const stand = this.stand();
    const person = stand.person(index);
    const change = Number(balance) - Number(await stand.altegio(person));
    if (change !== 0) await stand.control('/staff/adjust', { cardId: person.card?.id, amount: change.toFixed(2) });
    const id = await stand.meet(person);
    await stand.bothHold(person, balance);
    return id;
  };

  /**
   * Pays, and asks again while a busy machine has not decided in the till's time. Points can be taken once they are on the
   * card as well, so whoever redeems waits for both books first.
   */
  readonly pay = async (body: Sale): Promise<Answer['body']> => {
    if (body.redeem !== 'none')
      await until('both books are equal', async () => {
        const { state } = (await this.stand().admin(`/accounts/${body.accountId}`)).body;
        return state === 'matched' ? true : state;
      });
    const ask = () => this.stand().till('/payments', body);
    let paid = await ask();
    await until('the payment is decided', async () => {
      if (paid.status === 202) paid = await ask();
      return paid.status !== 202;
    });
    expect([200, 201], JSON.stringify(paid.body)).toContain(paid.status);
    return paid.body;
  };

  /** A new version of the program's settings; what was posted before keeps its own. Answers the version. */
  readonly program = async (changes: object): Promise<number> => {
    const stand = this.stand();
    const answer = await stand.admin(`/programs/${stand.programId}`, { ...PROGRAM, ...changes }, 'PUT');
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return answer.body.version;
  };

  /** Moves the ends of an account's earned lots to these days from today's local midnight, oldest lot first. */
  readonly endsIn = async (accountId: string, days: readonly number[]): Promise<void> => {
    await this.stand().pool.query(
      `update lot set expires_at = (date_trunc('day', now() at time zone 'Asia/Almaty') + make_interval(days => part.days))
                                     at time zone 'Asia/Almaty'
         from (select id, row_number() over (order by id) as place from lot where account_id = $1 and code = 'accrual') mine
         join unnest($2::int[]) with ordinality as part (days, place) on part.place = mine.place
        where lot.id = mine.id`,
      [accountId, days],
    );
  };

  readonly lotsOf = async (id: string): Promise<Answer['body']> =>
    (await this.stand().admin(`/accounts/${id}/lots`)).body;

  readonly ledgerOf = async (id: string): Promise<Answer['body']> =>
    (await this.stand().admin(`/accounts/${id}`)).body.ledger;

  /** The account's transfers, newest first. */
  readonly transfersOf = async (id: string): Promise<Answer['body'][]> =>
    (await this.stand().admin(`/accounts/${id}/transfers`)).body.items;

  readonly codesOf = async (id: string): Promise<string[]> => (await this.transfersOf(id)).map(({ code }) => code);

  /** A customer whom nobody knew, enrolled at the till; answers the account. */
  readonly enrol = async (phone: string, more: object = {}): Promise<string> => {
    const made = await this.stand().till('/accounts', { phone, ...more });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    return made.body.account.id;
  };

  /** Waits until both books hold so many active points. */
  readonly untilActive = (accountId: string, active: string): Promise<void> =>
    until(`both books hold ${active}`, async () => {
      const { ledger, state, target, altegio } = (await this.stand().admin(`/accounts/${accountId}`)).body;
      return ledger.active === active && state === 'matched' && altegio?.balance === target ? true : { ledger, state };
    });
}
