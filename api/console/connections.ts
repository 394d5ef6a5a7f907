/** `/api/connections` and `/api/chains`: the locations we are connected to. */
import { Router } from 'express';
import { z } from 'zod';
import { isKnownToAltegio } from '../../activities/ledger/connections.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { altegioId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { altegioProblem, OPERATOR_CALL } from './altegio-problems.ts';
import { connect, type ConnectionStatus, connectionStatus, STEP_KEYS, webhookUrl } from './connect.ts';
import { altegioIdFrom, takesNoQuery, wireId, wireIdSchema, wireTime } from './wire.ts';

const newConnection = z.strictObject({ locationId: altegioId });

const connectionSchema = z
  .object({
    locationId: wireIdSchema,
    chain: z.object({ id: wireIdSchema, title: z.string() }).nullable(),
    webhookUrl: z.string().nullable(),
    webhook: z.object({
      registered: z.boolean(),
      lastReceivedAt: wireTime.nullable(),
      reason: z.string().optional(),
    }),
    steps: z.array(
      z.object({
        n: z.int(),
        key: z.enum(STEP_KEYS),
        state: z.enum(['ok', 'todo', 'failed']),
        reason: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'Connection' });

const cardTypes = z.array(z.object({ id: wireIdSchema, title: z.string() }));

const common = { tags: ['Set-up'], security: 'operator' } as const;
const STEPS = 'Steps 1 and 2 are probed at Altegio now';
route({
  ...common,
  method: 'post',
  path: '/api/connections',
  summary: 'Connect a location',
  description: 'Stores the location and registers our webhook beside those of others. A repeat keeps the address.',
  body: newConnection,
  answers: {
    201: { description: `Connected. ${STEPS}`, schema: connectionSchema },
    200: { description: `Connected before, or not connected: the steps say why. ${STEPS}`, schema: connectionSchema },
  },
  problems: [],
});
route({
  ...common,
  method: 'get',
  path: '/api/connections/{locationId}',
  summary: 'How a connection stands',
  params: z.object({ locationId: altegioId }),
  answers: { 200: { description: STEPS, schema: connectionSchema } },
  problems: ['connection_not_found'],
});
route({
  ...common,
  method: 'get',
  path: '/api/chains/{chainId}/card-types',
  summary: 'The chain’s card types, as Altegio lists them now',
  params: z.object({ chainId: altegioId }),
  answers: { 200: { description: 'Titles unchanged', schema: cardTypes } },
  problems: ['not_found', 'connection_not_found', 'altegio_refused', 'altegio_unavailable'],
});

function toWire(deps: ApiDeps, locationId: bigint, status: ConnectionStatus): z.infer<typeof connectionSchema> {
  const { connection, chain, webhook, steps } = status;
  return {
    locationId: wireId(locationId),
    chain: chain && { id: wireId(chain.id), title: chain.title },
    webhookUrl: connection && webhookUrl(deps, connection.webhookToken),
    webhook: { ...webhook, lastReceivedAt: connection?.lastEventAt?.toISOString() ?? null },
    steps: [...steps],
  };
}

const notConnected = () => new Problem('connection_not_found', { detail: 'This location is not connected.' });

/** The calls of set-up that ask Altegio. */
export function connectionsRouter(deps: ApiDeps): Router {
  const router = Router();
  router.post('/connections', async (req, res) => {
    const { locationId } = parse(newConnection, req.body);
    const status = await connect(deps, locationId);
    res.status(status.created ? 201 : 200).json(toWire(deps, locationId, status));
  });
  router.get('/connections/:locationId', async (req, res) => {
    takesNoQuery(req.query);
    const locationId = altegioIdFrom(req.params.locationId, notConnected);
    const status = await connectionStatus(deps, locationId);
    if (!status) throw notConnected();
    res.json(toWire(deps, locationId, status));
  });
  router.get('/chains/:chainId/card-types', async (req, res) => {
    takesNoQuery(req.query);
    const unknown = () => new Problem('connection_not_found', { detail: 'No location of this chain is connected.' });
    const chainId = altegioIdFrom(req.params.chainId, unknown);
    if (!(await isKnownToAltegio(deps.pool, chainId))) throw unknown();
    const options = { ...OPERATOR_CALL, timeoutMs: deps.config.altegioTimeoutMs };
    const types = await deps.altegio.cardTypes(chainId, options).catch((error: unknown) => {
      throw altegioProblem(error, `chain ${chainId}`, deps.config.serviceEmail);
    });
    res.json(types.map(({ id, title }) => ({ id: wireId(id), title })));
  });
  return router;
}
