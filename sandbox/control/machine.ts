/** What the stand-in itself does: faults, limits, settings, webhooks, the request log, reset. */
import { Router } from 'express';
import type { Request } from 'express';
import { z } from 'zod';
import type { FaultBook } from '../api/faults.ts';
import { faultSchema } from '../api/faults.ts';
import type { Limiter } from '../api/limiter.ts';
import type { RequestRow } from '../core/model.ts';
import { notFound } from '../core/refusal.ts';
import { limitsPatch, settingsPatch, webhooksPatch } from '../core/settings.ts';
import type { Timers } from '../core/timers.ts';
import type { World } from '../core/world.ts';
import type { WebhookSender } from '../webhooks.ts';
import { answer, idSchema, readInput } from './input.ts';

export interface MachineParts {
  readonly world: World;
  readonly limiter: Limiter;
  readonly faults: FaultBook;
  readonly sender: WebhookSender;
  readonly timers: Timers;
}

const requestsQuery = z.strictObject({
  /** An ISO time (rows from then on) or a row's id (rows after it). */
  since: z.union([z.string().regex(/^\d{1,15}$/), z.iso.datetime({ offset: true })]).optional(),
  /** A part of the path. */
  path: z.string().optional(),
});
const forgedEvent = z.strictObject({
  locationId: idSchema,
  resource: z.string().min(1).max(100),
  resourceId: z.int(),
  status: z.enum(['create', 'update', 'delete']),
  data: z.unknown(),
});
const nothing = z.strictObject({});

function listRequests(world: World, request: Request): RequestRow[] {
  const { since, path } = readInput(requestsQuery, request.query);
  const isAfter = (row: RequestRow): boolean => {
    if (since === undefined) return true;
    return /^\d+$/.test(since) ? row.id > Number(since) : Date.parse(row.at) >= Date.parse(since);
  };
  // A slow call is written when it ends, so the order of arrival has to be restored.
  return [...world.store.all('request')]
    .filter((row) => isAfter(row) && (path === undefined || row.path.includes(path)))
    .sort((a, b) => a.id - b.id);
}

/** Drops undefined values, which a partial schema leaves behind. */
function present<T extends object>(part: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function faultRoutes(router: Router, faults: FaultBook): void {
  router.post(
    '/faults',
    answer((request) => ({ id: faults.add(readInput(faultSchema, request.body)) }), 201),
  );
  router.get(
    '/faults',
    answer(() => faults.list()),
  );
  router.delete(
    '/faults',
    answer(() => void faults.clear()),
  );
  router.delete(
    '/faults/:id',
    answer((request) => {
      if (faults.clear(Number(request.params['id'])) === 0) throw notFound();
    }),
  );
}

function settingRoutes(router: Router, { world, limiter }: MachineParts): void {
  router.get(
    '/limits',
    answer(() => limiter.report()),
  );
  router.post(
    '/limits',
    answer((request) => {
      const limits = { ...world.meta.limits, ...present(readInput(limitsPatch, request.body)) };
      world.write(() => world.setMeta({ limits }));
      // New limits count from now; the peaks then belong to what follows.
      limiter.reset();
      return limiter.report();
    }),
  );
  router.get(
    '/settings',
    answer(() => world.settings),
  );
  router.post(
    '/settings',
    answer((request) => {
      const settings = { ...world.settings, ...present(readInput(settingsPatch, request.body)) };
      world.write(() => world.setMeta({ settings }));
      return settings;
    }),
  );
}

function webhookRoutes(router: Router, { world, sender }: MachineParts): void {
  const report = (): unknown => ({ ...world.meta.webhooks, ...sender.report() });
  router.get('/webhooks', answer(report));
  router.post(
    '/webhooks',
    answer((request) => {
      const webhooks = { ...world.meta.webhooks, ...present(readInput(webhooksPatch, request.body)) };
      world.write(() => world.setMeta({ webhooks }));
      return report();
    }),
  );
  router.post(
    '/webhooks/send',
    answer(async (request) => {
      const event = readInput(forgedEvent, request.body);
      if (!world.location(event.locationId)) throw notFound();
      return sender.send({ ...event, data: event.data });
    }),
  );
  router.post(
    '/webhooks/flush',
    answer(() => sender.flush()),
  );
}

/** The part of `/control` that works the stand-in rather than the salon. */
export function machineRouter(parts: MachineParts): Router {
  const { world, limiter, faults, sender, timers } = parts;
  const router = Router();
  faultRoutes(router, faults);
  settingRoutes(router, parts);
  webhookRoutes(router, parts);
  router.get(
    '/requests',
    answer((request) => listRequests(world, request)),
  );
  router.delete(
    '/requests',
    answer(() => world.write(() => world.store.clear('request'))),
  );
  router.post(
    '/reset',
    answer((request) => {
      readInput(nothing, request.body);
      // A late apply of before must not land in the fresh state.
      timers.dropTasks();
      world.reset();
      faults.clear();
      sender.reset();
      limiter.reset();
    }),
  );
  return router;
}
