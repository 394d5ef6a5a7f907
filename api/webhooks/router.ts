/** The Altegio door: an event is stored, answered, and only then worked on. */
import { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { findWebhookOwner, type WebhookOwner } from '../../activities/ledger/connections.ts';
import { type NewEvent, storeEvents } from '../../activities/ledger/inbox.ts';
import type { ApiDeps } from '../http/deps.ts';
import { textBody } from '../http/json.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { eventSchema, type IncomingEvent, readEvents } from './events.ts';

/** What the door needs; `kick` wakes the relay. */
export interface WebhookDeps extends Pick<ApiDeps, 'pool'> {
  readonly kick: () => void;
}

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

route({
  method: 'post',
  path: '/webhooks/altegio/{token}',
  summary: 'Events of one Altegio location',
  description: 'Answered once the events are stored. Altegio signs nothing, so nothing in an event is believed.',
  tags: ['Altegio'],
  security: 'none',
  params: z.object({ token: z.string().meta({ description: 'One of a location, made when it was connected' }) }),
  body: z.union([eventSchema, z.array(eventSchema)]),
  answers: { 200: { description: 'Stored', schema: z.object({ accepted: z.int() }) } },
  problems: ['not_found', 'unavailable'],
});

function toNewEvent(event: IncomingEvent, owner: WebhookOwner): NewEvent {
  // Another location's events come with that location's token; here they are either forged or misdirected.
  const ignored = event.companyId === owner.locationId ? null : 'the event is of another location than its address';
  const { companyId: _read, ...rest } = event;
  return { ...rest, ignored };
}

/** Mounted at `/webhooks`. */
export function webhookRouter({ pool, kick }: WebhookDeps): Router {
  const router = Router();

  // Before the body is read: a stranger cannot make us read a megabyte.
  const knowToken: RequestHandler = async (req, res, next) => {
    const token = req.params['token'];
    const owner = typeof token === 'string' && TOKEN.test(token) ? await findWebhookOwner(pool, token) : null;
    if (!owner) throw new Problem('not_found');
    res.locals['owner'] = owner;
    next();
  };

  router.post('/altegio/:token', knowToken, textBody(), async (req, res) => {
    const owner = res.locals['owner'] as WebhookOwner;
    const events = readEvents(req.body);
    const stored = events.map((event) => toNewEvent(event, owner));
    if (stored.length > 0) await storeEvents(pool, owner, stored);
    res.json({ accepted: stored.filter(({ ignored }) => ignored === null).length });
    kick();
  });
  return router;
}
