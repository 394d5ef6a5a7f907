/** `/api/terminals`: which tills have said that they are there, and when. */
import { Router } from 'express';
import { z } from 'zod';
import { listTerminals, type Terminal } from '../../activities/ledger/terminals.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { pageOf, takesNoQuery, wireId, wireIdSchema, wireTime } from './wire.ts';

const terminalSchema = z
  .object({
    terminal: z.string(),
    locationId: wireIdSchema,
    locationName: z.string(),
    keyName: z.string(),
    lastSeenAt: wireTime,
    secondsAgo: z.int(),
    silent: z.boolean().meta({ description: 'Not heard of for longer than three heartbeats' }),
  })
  .meta({ id: 'Terminal' });

route({
  tags: ['Set-up'],
  security: 'operator',
  method: 'get',
  path: '/api/terminals',
  summary: 'Terminals and when each was last seen',
  answers: { 200: { description: 'The one that is silent longest first', schema: pageOf(terminalSchema) } },
  problems: [],
});

const toWire = (terminal: Terminal): z.infer<typeof terminalSchema> => ({
  terminal: terminal.name,
  locationId: wireId(terminal.locationId),
  locationName: terminal.locationTitle,
  keyName: terminal.keyName,
  lastSeenAt: terminal.lastSeenAt.toISOString(),
  secondsAgo: Math.max(0, Math.round(terminal.secondsAgo)),
  silent: terminal.silent,
});

/** The call. */
export function terminalsRouter({ pool }: ApiDeps): Router {
  const router = Router();
  router.get('/terminals', async (req, res) => {
    takesNoQuery(req.query);
    res.json({ items: (await listTerminals(pool)).map(toWire), next: null });
  });
  return router;
}
