/** Carries the plan's actions out: kills, Altegio's faults, lost events. Counts what has really happened. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { z } from 'zod';
import { call, type Control } from '../trial/doors.ts';
import type { Salon } from '../trial/salon.ts';
import type { Stack } from '../trial/stack.ts';
import type { Counters } from './counters.ts';
import { FaultKeeper } from './fault-keeper.ts';
import { Outages } from './outages.ts';
import type { Action } from './plan-actions.ts';
import type { SharedGate } from './shared-gate.ts';

/** What it needs. */
export interface MonkeyDeps {
  readonly stack: Stack;
  readonly control: Control;
  readonly salon: Salon;
  readonly counters: Counters;
  readonly staffAtWork: SharedGate;
  /** Where the product notes that Altegio is away. */
  readonly pool: pg.Pool;
}

/** With more processes down than this, tills wait: kills shall meet operations under way, not a stack that is gone. */
const MOST_KILLS_UNDER_WAY = 2;
const POLL_MS = 100;
/** How long a location or the token stays refused before the operator gives access again (every second time). */
const OPERATOR_MS = 10_000;
/** Else nobody helps, and the product's own probe, once a minute, must find out. */
const PROBE_MS = 62_000;
const REFUSED_WAIT_MS = 20_000;
const JOURNAL_WAIT_MS = 150_000;
const requestRows = z.array(z.unknown());

/** See the file's header. */
export class Monkey {
  readonly faults: FaultKeeper;
  readonly #outages: Outages;
  readonly #deps: MonkeyDeps;
  readonly #waiting: Action[];
  #killsUnderWay = 0;
  #underWay = new Set<Promise<void>>();
  #refusals: Promise<void> = Promise.resolve();
  #hidden: Promise<void> = Promise.resolve();
  #refusalRounds = 0;
  #failed: (error: unknown) => void = () => {};
  /** Rejects when an action could not be carried out. */
  readonly failed: Promise<never>;

  constructor(deps: MonkeyDeps, actions: readonly Action[]) {
    this.#deps = deps;
    this.#waiting = [...actions];
    this.faults = new FaultKeeper(deps.control, deps.counters);
    this.#outages = new Outages(deps.pool, this.faults);
    this.failed = new Promise((_resolve, reject) => (this.#failed = reject));
    this.failed.catch(() => {});
  }

  /** Called when an operation begins: what is due happens from now on; returns when the operation may go on. */
  async at(operation: number): Promise<void> {
    for (let due = this.#waiting[0]; due && due.at <= operation; due = this.#waiting[0]) {
      this.#waiting.shift();
      this.#begin(due);
    }
    while (this.#killsUnderWay > MOST_KILLS_UNDER_WAY) await sleep(POLL_MS);
    await this.#outages.at(operation);
  }

  /** What is under way has ended: everything runs. */
  async done(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    await this.faults.clear();
  }

  get actionsUnderWay(): number {
    return this.#underWay.size;
  }

  #begin(action: Action): void {
    const done = this.#carryOut(action)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }

  async #carryOut(action: Action): Promise<void> {
    switch (action.kind) {
      case 'kill':
        return this.#kill(action);
      case 'fault':
        return this.faults.add({ ...action, share: 1 });
      case 'webhook':
        return this.#webhook(action);
      case 'journalLag':
        this.#hidden = this.#hidden.then(() => this.#hideJournal(action));
        return this.#hidden;
      case 'refusals':
        // One round after the other: two at once would park what the other needs to strike.
        this.#refusals = this.#refusals.then(() => this.#refuseAccess());
        return this.#refusals;
    }
  }

  async #kill({ part, which, afterMs, downMs }: Extract<Action, { kind: 'kill' }>): Promise<void> {
    const { stack, staffAtWork } = this.#deps;
    const parts = stack.parts[part];
    const victim = parts[which % parts.length];
    if (!victim) return;
    this.#killsUnderWay += 1;
    try {
      await sleep(afterMs);
      if (part !== 'sandbox') return await victim.killAndRestart(downMs);
      const open = await staffAtWork.close();
      try {
        await this.faults.across(() => victim.killAndRestart(downMs));
      } finally {
        open();
      }
    } finally {
      this.#killsUnderWay -= 1;
    }
  }

  async #webhook({ fault, customer }: Extract<Action, { kind: 'webhook' }>): Promise<void> {
    const { control, salon, counters, staffAtWork } = this.#deps;
    const settings = {
      webhook_lost: { lost: 1 },
      webhook_duplicate: { duplicate: 1 },
      webhook_reordered: { reorder: true },
    };
    const phone = salon.customers[customer]?.phone;
    const locationId = salon.locations[0]?.id;
    await staffAtWork.share(async () => {
      await control.ask(z.unknown(), '/webhooks', settings[fault]);
      for (let events = 0; events < 2; events += 1)
        await control.ask(z.unknown(), '/appointments', { phone, locationId });
      await control.ask(z.unknown(), '/webhooks', { lost: 0, duplicate: 0, reorder: false });
    });
    counters.fault(fault);
  }

  /** A write whose answer is lost makes the journal wanted; counted when it was read while its newest lines were missing. */
  async #hideJournal({ lagMs, forMs }: Extract<Action, { kind: 'journalLag' }>): Promise<void> {
    const { control, counters } = this.#deps;
    await control.ask(z.unknown(), '/settings', { journalLagMs: lagMs });
    await this.faults.add({ fault: 'drop_after', call: 'write', times: 1, ms: 0, share: 1 });
    const since = new Date().toISOString();
    const query = `/requests?since=${encodeURIComponent(since)}&path=${encodeURIComponent('/loyalty/transactions')}`;
    const began = Date.now();
    let reads = 0;
    // Without a doubt it is read once a minute.
    while (reads === 0 && Date.now() - began < JOURNAL_WAIT_MS) {
      await sleep(forMs);
      reads = (await control.ask(requestRows, query)).length;
    }
    await control.ask(z.unknown(), '/settings', { journalLagMs: 0 });
    if (reads > 0) counters.fault('journal_lag');
  }

  /** Two locations, then the token: refused once each, so that the first probe finds them open again. */
  async #refuseAccess(): Promise<void> {
    const { stack } = this.#deps;
    this.#refusalRounds += 1;
    const before = this.faults.hits('401');
    await this.faults.add({ fault: '402', call: 'any', times: 1, ms: 0, share: 1 });
    await this.faults.add({ fault: '403', call: 'any', times: 1, ms: 0, share: 1 });
    await this.faults.add({ fault: '401', call: 'any', times: 1, ms: 0, share: 1 });
    const struck = Date.now() + REFUSED_WAIT_MS;
    while ((await this.faults.hitsNow('401')) <= before && Date.now() < struck) await sleep(POLL_MS);
    if (this.#refusalRounds % 2 === 1) return sleep(PROBE_MS);
    await sleep(OPERATOR_MS);
    // An operator enters the token again, which frees what is parked. Without that door the probe has to do it.
    const { apis, adminToken, userToken } = stack.addresses;
    const reply = await call(`${apis[0]}/api/altegio/token`, { method: 'PUT', token: adminToken, body: { userToken } });
    if (reply?.status !== 200) await sleep(PROBE_MS - OPERATOR_MS);
  }
}
