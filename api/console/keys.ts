/** `/api/keys`: POS keys, one a till. */
import { Router } from 'express';
import { z } from 'zod';
import { createKey, listKeys, type PosKey, setActive, UnknownLocation } from '../../activities/ledger/keys.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { pageOf, personText, wireId, wireIdSchema, wireTime } from './wire.ts';

const newKey = z.strictObject({
  locationId: altegioId,
  name: personText(128),
  as: z.enum(['tender', 'discount']).optional(),
});
const keyChange = z.strictObject({ active: z.boolean() });
const keysQuery = z.strictObject({ locationId: altegioId.optional() });

const keySchema = z.object({
  id: ownId('key'),
  locationId: wireIdSchema,
  name: z.string(),
  as: z.enum(['tender', 'discount']).nullable(),
  last4: z.string(),
  active: z.boolean(),
  createdAt: wireTime,
  lastUsedAt: wireTime.nullable(),
});

const common = { tags: ['Set-up'], security: 'operator' } as const;
route({
  ...common,
  method: 'post',
  path: '/api/keys',
  summary: 'Make a POS key for a location',
  body: newKey,
  answers: { 201: { description: 'The key is shown this once', schema: keySchema.extend({ key: z.string() }) } },
  problems: ['connection_not_found'],
});
route({
  ...common,
  method: 'patch',
  path: '/api/keys/{id}',
  summary: 'Switch a POS key on or off; it holds within 2 s',
  params: z.object({ id: ownId('key') }),
  body: keyChange,
  answers: { 200: { description: 'The key', schema: keySchema } },
  problems: ['key_not_found'],
});
route({
  ...common,
  method: 'get',
  path: '/api/keys',
  summary: 'POS keys, without their secret part',
  query: keysQuery,
  answers: { 200: { description: 'Oldest first', schema: pageOf(keySchema) } },
  problems: [],
});

function toWire(key: PosKey): z.infer<typeof keySchema> {
  return {
    id: key.id,
    locationId: wireId(key.locationId),
    name: key.name,
    as: key.asKind,
    last4: key.last4,
    active: key.active,
    createdAt: key.createdAt.toISOString(),
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  };
}

/** The key calls. */
export function keysRouter({ pool }: ApiDeps): Router {
  const router = Router();
  router.post('/keys', async (req, res) => {
    const { locationId, name, as } = parse(newKey, req.body);
    const made = await createKey(pool, { locationId, name, asKind: as ?? null }).catch((error: unknown) => {
      if (!(error instanceof UnknownLocation)) throw error;
      const errors = [{ path: 'locationId', message: 'is no connected location' }];
      throw new Problem('connection_not_found', { errors });
    });
    res.status(201).json({ ...toWire(made), key: made.key });
  });
  router.patch('/keys/:id', async (req, res) => {
    const { active } = parse(keyChange, req.body);
    const known = ownId('key').safeParse(req.params.id).success;
    const key = known ? await setActive(pool, req.params.id, active) : null;
    if (!key) throw new Problem('key_not_found');
    res.json(toWire(key));
  });
  router.get('/keys', async (req, res) => {
    const { locationId } = parse(keysQuery, req.query, 'query');
    res.json({ items: (await listKeys(pool, locationId ?? null)).map(toWire), next: null });
  });
  return router;
}
