/** Sends events as Altegio does: once, some seconds late, unsigned, unordered, with 15 seconds to answer. */
import type { Hooks } from './core/model.ts';
import type { SalonEvent, World } from './core/world.ts';
import type { Timers } from './core/timers.ts';

const ANSWER_WITHIN_MS = 15_000;
const DELIVERIES_KEPT = 500;

/** What one receiver made of one event. */
export interface Delivery {
  readonly at: string;
  readonly url: string;
  readonly resource: string;
  readonly resourceId: number;
  readonly event: string;
  /** 0: no answer in time, or lost on purpose. */
  readonly status: number;
  readonly note: string;
}

interface PendingEvent {
  readonly event: SalonEvent;
  sent: boolean;
}

export class WebhookSender {
  readonly #world: World;
  readonly #timers: Timers;
  readonly #running = new AbortController();
  #pending: PendingEvent[] = [];
  #deliveries: Delivery[] = [];

  constructor(world: World, timers: Timers) {
    this.#world = world;
    this.#timers = timers;
    world.onEvents((events) => {
      for (const event of events) this.#schedule(event);
    });
  }

  /** Events waiting for their delay, and the latest deliveries. Neither survives a restart. */
  report(): { pending: number; deliveries: readonly Delivery[] } {
    return { pending: this.#pending.length, deliveries: this.#deliveries };
  }

  /** Sends everything that waits, now. */
  async flush(): Promise<Delivery[]> {
    const waiting = this.#pending;
    this.#pending = [];
    const { reorder } = this.#world.meta.webhooks;
    const order = reorder ? waiting.toReversed() : waiting;
    return (await Promise.all(order.map((entry) => this.#sendPending(entry)))).flat();
  }

  /** Sends one event to every address of its location at once, whatever the settings say. */
  async send(event: Omit<SalonEvent, 'actor'>): Promise<Delivery[]> {
    return Promise.all(this.#world.hooks(event.locationId).urls.map((url) => this.#post(url, event)));
  }

  /** Forgets what waits and what was sent. */
  reset(): void {
    for (const entry of this.#pending) entry.sent = true;
    this.#pending = [];
    this.#deliveries = [];
  }

  /** Ends running deliveries. */
  close(): void {
    this.reset();
    this.#running.abort();
  }

  #schedule(event: SalonEvent): void {
    const { delayMs, lost, duplicate, reorder, loyaltyCard } = this.#world.meta.webhooks;
    const hooks = this.#world.hooks(event.locationId);
    if (!isWanted(event, hooks, loyaltyCard)) return;
    if (Math.random() < lost) {
      for (const url of hooks.urls) this.#note(url, event, 0, 'lost on purpose');
      return;
    }
    const copies = Math.random() < duplicate ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const entry: PendingEvent = { event, sent: false };
      this.#pending.push(entry);
      const waitMs = reorder ? delayMs * (1 + Math.random()) : delayMs;
      this.#timers.later(waitMs, () => {
        this.#pending = this.#pending.filter((other) => other !== entry);
        void this.#sendPending(entry);
      });
    }
  }

  /** The timer and a flush may both reach an event; only the first sends it. */
  async #sendPending(entry: PendingEvent): Promise<Delivery[]> {
    if (entry.sent) return [];
    entry.sent = true;
    return this.send(entry.event);
  }

  async #post(url: string, event: Omit<SalonEvent, 'actor'>): Promise<Delivery> {
    const { locationId, resource, resourceId, status, data } = event;
    const body = { company_id: locationId, resource, resource_id: resourceId, status, data };
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(ANSWER_WITHIN_MS), this.#running.signal]),
      });
      await response.body?.cancel();
      return this.#note(url, event, response.status, '');
    } catch (error) {
      return this.#note(url, event, 0, error instanceof Error ? error.message : 'no answer');
    }
  }

  #note(url: string, event: Omit<SalonEvent, 'actor'>, status: number, note: string): Delivery {
    const { resource, resourceId } = event;
    const delivery = { at: this.#world.now(), url, resource, resourceId, event: event.status, status, note };
    this.#deliveries = [...this.#deliveries.slice(1 - DELIVERIES_KEPT), delivery];
    return delivery;
  }
}

/** `self_sending: 0` hides what the API's own user caused; loyalty_card has no flag of its own. */
function isWanted(event: SalonEvent, { urls, flags }: Hooks, loyaltyCard: boolean): boolean {
  if (urls.length === 0 || flags['active'] !== 1) return false;
  if (event.actor === 'api' && flags['self_sending'] !== 1) return false;
  return event.resource === 'loyalty_card' ? loyaltyCard : flags[event.resource] === 1;
}
