/** `/api/keys`: POS keys, one a till. */
import { Router } from 'express';
import { z } from 'zod';
import {
  createKey,
  listKeys,
  NotRotatable,
  type PosKey,
  rotateKey,
  setActive,
  UnknownLocation,
  UnknownModel,
  UnknownProgram,
} from '../../activities/ledger/keys.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { modelName } from './till-models.ts';
import { pageOf, personText, wireId, wireIdSchema, wireTime } from './wire.ts';

const newKey = z.strictObject({
  locationId: altegioId,
  name: personText(128),
  as: z.enum(['tender', 'discount']).optional(),
  model: modelName.optional().meta({ description: 'Its till model says how it takes points, whatever `as` says' }),
  programId: ownId('prg').optional(),
});
const keyChange = z.strictObject({ active: z.boolean() });
const DAY_MINUTES = 1_440;
const rotation = z.strictObject({
  overlapMinutes: z
    .int()
    .min(0)
    .max(30 * DAY_MINUTES)
    .default(DAY_MINUTES)
    .meta({ description: 'How long the old key stays valid beside the new one; a day when not said' }),
});
const keysQuery = z.strictObject({ locationId: altegioId.optional() });

const keySchema = z.object({
  id: ownId('key'),
  locationId: wireIdSchema,
  name: z.string(),
  as: z.enum(['tender', 'discount']).nullable(),
  model: z.string().nullable(),
  programId: ownId('prg').nullable().meta({ description: 'The only program it opens; null: all of the location' }),
  last4: z.string(),
  active: z.boolean(),
  createdAt: wireTime,
  lastUsedAt: wireTime.nullable(),
  replacedBy: ownId('key').nullable(),
  validUntil: wireTime.nullable().meta({ description: 'When a rotated key ends' }),
});
const shownOnce = keySchema.extend({ key: z.string() });

const common = { tags: ['Set-up'], security: 'operator' } as const;
route({
  ...common,
  method: 'post',
  path: '/api/keys',
  summary: 'Make a POS key for a location',
  body: newKey,
  answers: { 201: { description: 'The key is shown this once', schema: shownOnce } },
  problems: ['connection_not_found', 'program_not_found', 'till_model_not_found'],
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
  method: 'post',
  path: '/api/keys/{id}/rotate',
  summary: 'Replace a POS key without closing the till',
  description: 'A new key of the same till, shown this once; `replaces` says until when the old one is valid.',
  params: z.object({ id: ownId('key') }),
  body: rotation,
  answers: { 201: { description: 'The new key', schema: shownOnce.extend({ replaces: keySchema }) } },
  problems: ['key_not_found', 'conflict'],
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
    model: key.model,
    last4: key.last4,
    active: key.active,
    createdAt: key.createdAt.toISOString(),
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    programId: key.programId,
    replacedBy: key.replacedBy,
    validUntil: key.validUntil?.toISOString() ?? null,
  };
}

function refuseUnknown(error: unknown): never {
  if (error instanceof UnknownProgram) {
    const errors = [{ path: 'programId', message: 'is no program of the location' }];
    throw new Problem('program_not_found', { errors });
  }
  if (error instanceof UnknownModel) {
    const errors = [{ path: 'model', message: 'is no till model; make it at PUT /api/till-models/{name}' }];
    throw new Problem('till_model_not_found', { errors });
  }
  if (!(error instanceof UnknownLocation)) throw error;
  const errors = [{ path: 'locationId', message: 'is no connected location' }];
  throw new Problem('connection_not_found', { errors });
}

/** The id of a key in a path. */
function keyIdFrom(text: unknown): string {
  const id = ownId('key').safeParse(text);
  if (!id.success) throw new Problem('key_not_found');
  return id.data;
}

/** The key calls. */
export function keysRouter({ pool }: ApiDeps): Router {
  const router = Router();
  router.post('/keys', async (req, res) => {
    const { locationId, name, as, model, programId } = parse(newKey, req.body);
    const wanted = { locationId, name, asKind: as ?? null, model: model ?? null, programId: programId ?? null };
    const made = await createKey(pool, wanted).catch(refuseUnknown);
    res.status(201).json({ ...toWire(made), key: made.key });
  });
  router.patch('/keys/:id', async (req, res) => {
    const { active } = parse(keyChange, req.body);
    const key = await setActive(pool, keyIdFrom(req.params.id), active);
    if (!key) throw new Problem('key_not_found');
    res.json(toWire(key));
  });
  router.post('/keys/:id/rotate', async (req, res) => {
    const { overlapMinutes } = parse(rotation, req.body ?? {});
    const rotated = await rotateKey(pool, keyIdFrom(req.params.id), overlapMinutes).catch((error: unknown) => {
      if (!(error instanceof NotRotatable)) throw error;
      throw new Problem('conflict', { detail: error.message });
    });
    if (!rotated) throw new Problem('key_not_found');
    const { made, old } = rotated;
    res.status(201).json({ ...toWire(made), key: made.key, replaces: toWire(old) });
  });
  router.get('/keys', async (req, res) => {
    const { locationId } = parse(keysQuery, req.query, 'query');
    res.json({ items: (await listKeys(pool, locationId ?? null)).map(toWire), next: null });
  });
  return router;
}
