/** `/api/altegio`: how our access to Altegio stands, and a new user token. */
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import {
  type AltegioError,
  AltegioNotFound,
  AltegioRefused,
  AltegioUnauthorised,
} from '../../activities/altegio/client/index.ts';
import { writingOfChains } from '../../activities/ledger/chain-writing.ts';
import { listLocations } from '../../activities/ledger/connections.ts';
import { sendAction, sendActionApplied } from '../../activities/ledger/operator-actions.ts';
import { countWaiting, waitingWorkflows } from '../../activities/ledger/waiting.ts';
import { newId } from '../../domain/new-id.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { parse } from '../http/validate.ts';
import { altegioProblem, OPERATOR_CALL } from './altegio-problems.ts';
import { chainWritingSchema, chainWritingToWire } from './chain-writing.ts';
import { wake } from './wake.ts';
import { personText, takesNoQuery, wireTime } from './wire.ts';

const newToken = z.strictObject({
  userToken: z
    .string()
    .regex(/^[\x21-\x2b\x2d-\x7e]{1,512}$/, 'must be 1 to 512 visible ASCII characters without spaces and commas'),
  reason: personText(500).optional(),
});

const tokenSchema = z.object({
  source: z.enum(['variable', 'stored']),
  setAt: wireTime.nullable(),
  problem: z.string().nullable().meta({ description: 'Why the stored token is not used' }),
});
const counts = z.object({ perSecond: z.int(), perMinute: z.int() });
const accessSchema = z
  .object({
    baseUrl: z.string().meta({ description: 'The host alone' }),
    token: tokenSchema,
    parked: z.array(
      z.object({
        scope: z.string().meta({ example: 'token' }),
        status: z.int(),
        covers: z.enum(['all', 'writes']),
        since: wireTime,
        waiting: z.int().meta({ description: 'Operations that are not done' }),
      }),
    ),
    breaker: z.object({ openSince: wireTime.nullable() }),
    budget: z.object({ lastSecond: z.int(), lastMinute: z.int(), limits: counts }),
    chains: z.array(chainWritingSchema),
  })
  .meta({ id: 'AltegioAccess' });

const common = { tags: ['Altegio'], security: 'operator' } as const;
route({
  ...common,
  method: 'get',
  path: '/api/altegio',
  summary: 'Our access to Altegio: token, what is parked, breaker, call budget, switches',
  answers: { 200: { description: 'As all processes know it together', schema: accessSchema } },
  problems: [],
});
route({
  ...common,
  method: 'put',
  path: '/api/altegio/token',
  summary: 'Set a new user token; it overrides ALTEGIO_USER_TOKEN and resumes what a 401 has parked',
  description:
    'It is tried first and has to see every connected location; otherwise 422 `token_refused`, or 503 when Altegio ' +
    'does not answer, and nothing is stored. It is stored encrypted and holds in every process from its next call on.',
  body: newToken,
  answers: {
    200: {
      description: 'Stored; `waking` workflows are told, longest waiting first',
      schema: z.object({ token: tokenSchema, unparked: z.boolean(), waking: z.int() }),
    },
  },
  problems: ['token_refused', 'altegio_refused', 'altegio_unavailable'],
});

/** The locations whose chain and calls would be lost with this token. @throws Problem when Altegio does not accept it */
async function probe(deps: ApiDeps, userToken: string): Promise<void> {
  const refused = (detail: string) => new Problem('token_refused', { detail });
  const options = { ...OPERATOR_CALL, timeoutMs: deps.config.altegioTimeoutMs, asToken: userToken };
  let seen: { id: bigint; locationIds: bigint[] }[];
  try {
    seen = await deps.altegio.chains(options);
  } catch (error) {
    // Wrong credentials have been seen to be answered with 404 as well.
    if (
      error instanceof AltegioUnauthorised ||
      error instanceof AltegioNotFound ||
      (error instanceof AltegioRefused && error.sent)
    )
      throw refused(`Altegio does not accept this token (${(error as AltegioError).status}); nothing was changed.`);
    throw altegioProblem(error, 'our user', deps.config.serviceEmail);
  }
  const visible = new Set(seen.flatMap(({ locationIds }) => locationIds));
  const missing = (await listLocations(deps.pool)).filter(({ id }) => !visible.has(id));
  if (missing.length === 0) return;
  const names = missing.map(({ id, title }) => `${id} (${title})`).join(', ');
  throw refused(`With this token Altegio does not show location ${names}; nothing was changed.`);
}

async function view(deps: ApiDeps): Promise<z.infer<typeof accessSchema>> {
  const [access, chains, waiting] = await Promise.all([
    deps.altegio.access(),
    writingOfChains(deps.pool),
    countWaiting(deps.pool),
  ]);
  const { token, calls, limits, breakerOpenSince } = access;
  return {
    baseUrl: access.host,
    token: { ...token, setAt: token.setAt?.toISOString() ?? null },
    parked: access.parked.map(({ since, ...scope }) => {
      const [, location] = scope.scope.split(':');
      const held = location === undefined ? waiting.all : (waiting.byLocation.get(location) ?? 0);
      return { ...scope, since: since.toISOString(), waiting: held };
    }),
    breaker: { openSince: breakerOpenSince?.toISOString() ?? null },
    budget: { lastSecond: calls.perSecond, lastMinute: calls.perMinute, limits },
    chains: chains.map(chainWritingToWire),
  };
}

/** The calls about our access. */
export function altegioRouter(deps: ApiDeps): Router {
  const router = Router();
  router.get('/altegio', async (req, res) => {
    takesNoQuery(req.query);
    res.json(await view(deps));
  });
  router.put('/altegio/token', async (req, res) => {
    const { userToken, reason } = parse(newToken, req.body);
    await probe(deps, userToken);
    const id = newId('act', deps.clock.now(), randomBytes);
    const asked = { id, action: 'token', subject: 'token', reason: reason ?? 'a new user token', actor: 'operator' };
    const { setAt, unparked } = await deps.altegio.replaceToken(userToken, (tx) => {
      sendAction(tx, asked);
      sendActionApplied(tx, id);
    });
    const waiting = await waitingWorkflows(deps.pool, null);
    wake(deps, waiting);
    const token = { source: 'stored' as const, setAt: setAt.toISOString(), problem: null };
    res.json({ token, unparked, waking: waiting.length });
  });
  return router;
}
