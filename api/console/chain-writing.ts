/** `PUT /api/chains/{chainId}/writing`: the switch that stops writing to Altegio for a chain. */
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import { type ChainWriting, switchWriting } from '../../activities/ledger/chain-writing.ts';
import { sendAction, sendActionApplied } from '../../activities/ledger/operator-actions.ts';
import { waitingWorkflows } from '../../activities/ledger/waiting.ts';
import { newId } from '../../domain/new-id.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { altegioId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { wake } from './wake.ts';
import { altegioIdFrom, personText, wireId, wireIdSchema, wireTime } from './wire.ts';

const wanted = z.strictObject({ on: z.boolean(), reason: personText(500) });

/** A chain's switch in an answer. */
export const chainWritingSchema = z.object({
  id: wireIdSchema,
  writing: z.enum(['on', 'off']),
  since: wireTime.nullable().meta({ description: 'Since when it is off' }),
  reason: z.string().nullable(),
});

/** A chain's switch as {@link chainWritingSchema} says it. */
export function chainWritingToWire({ chainId, offSince, reason }: ChainWriting): z.infer<typeof chainWritingSchema> {
  const writing = offSince === null ? ('on' as const) : ('off' as const);
  return { id: wireId(chainId), writing, since: offSince?.toISOString() ?? null, reason };
}

route({
  method: 'put',
  path: '/api/chains/{chainId}/writing',
  summary: 'Switch writing to Altegio off or on for a chain',
  description:
    'While it is off no write and no card issue of that chain starts; tills, webhooks, reads and the ledger go on. ' +
    '`inFlight` writes had been started before and are decided by reads. Switched on, the `waking` workflows are told ' +
    'to go on, longest waiting first.',
  tags: ['Altegio'],
  security: 'operator',
  params: z.object({ chainId: altegioId }),
  body: wanted,
  answers: {
    200: { description: 'As it stands now', schema: chainWritingSchema.extend({ inFlight: z.int(), waking: z.int() }) },
  },
  problems: ['connection_not_found'],
});

/** The switch's call. */
export function chainWritingRouter(deps: ApiDeps): Router {
  const router = Router();
  router.put('/chains/:chainId/writing', async (req, res) => {
    const unknown = () => new Problem('connection_not_found', { detail: 'No location of this chain is connected.' });
    const chainId = altegioIdFrom(req.params.chainId, unknown);
    const { on, reason } = parse(wanted, req.body);
    const id = newId('act', deps.clock.now(), randomBytes);
    const action = on ? 'writing-on' : 'writing-off';
    const switched = await switchWriting(deps.pool, chainId, { on, reason }, (tx) => {
      sendAction(tx, { id, action, subject: `chain:${chainId}`, chainId, reason, actor: 'operator' });
      sendActionApplied(tx, id);
    });
    if (!switched) throw unknown();
    const waiting = on ? await waitingWorkflows(deps.pool, chainId) : [];
    wake(deps, waiting);
    res.json({ ...chainWritingToWire(switched), inFlight: switched.inFlight, waking: waiting.length });
  });
  return router;
}
