/** `/api/card-batches`: many cards at once, and the file a printer makes them from. */
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import { anyLocation } from '../../activities/ledger/connections.ts';
import {
  type CardBatch,
  createBatch,
  findBatch,
  listBatches,
  numbersOf,
} from '../../activities/ledger/customers/batches.ts';
import { listRanges } from '../../activities/ledger/customers/ranges.ts';
import { findType } from '../../activities/ledger/customers/types.ts';
import { findProgram } from '../../activities/ledger/programs.ts';
import { TRACKS, trackRefusal, tracksFor } from '../../domain/card-tracks.ts';
import { newId } from '../../domain/new-id.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { drawCode } from './card-codes.ts';
import { once } from './once.ts';
import { writePrintFile } from './print-file.ts';
import { pageOf, wireId, wireIdSchema, wireTime } from './wire.ts';

const newBatch = z
  .strictObject({
    programId: ownId('prg'),
    count: z.int().min(1).max(10_000),
    typeId: ownId('typ').optional(),
  })
  .meta({ id: 'NewCardBatch' });
const batchesQuery = z.strictObject({ programId: ownId('prg').optional() });
const fileQuery = z.strictObject({
  tracks: z
    .string()
    .regex(/^[123](,[123])*$/, 'must be tracks such as "1,2"')
    .optional()
    .meta({
      description: 'Tracks that the card has to have; refused when its numbers cannot stand there',
      example: '1,2',
    }),
});

const batchSchema = z
  .object({
    id: ownId('bat'),
    chainId: wireIdSchema,
    programId: ownId('prg'),
    count: z.int(),
    actor: z.string(),
    createdAt: wireTime,
  })
  .meta({ id: 'CardBatch' });

const common = { tags: ['Cards'], security: 'operator' } as const;
const params = z.object({ id: ownId('bat') });
route({
  ...common,
  method: 'post',
  path: '/api/card-batches',
  summary: 'Make many cards: as many inactive customers, each with a card code',
  headers: z.object({ 'Idempotency-Key': z.string().max(255).optional() }),
  body: newBatch,
  answers: { 201: { description: 'Made', schema: batchSchema } },
  problems: ['program_not_found'],
});
route({
  ...common,
  method: 'get',
  path: '/api/card-batches',
  summary: 'Batches of cards',
  query: batchesQuery,
  answers: { 200: { description: 'Newest first, 200 at most', schema: pageOf(batchSchema) } },
  problems: [],
});
route({
  ...common,
  method: 'get',
  path: '/api/card-batches/{id}/print-file',
  summary: 'The file for the printer: a line of headings, then number, tracks and barcode of each card',
  params,
  query: fileQuery,
  answers: {
    200: { description: 'A track holds the number as it is, the encoder adds its sentinels', also: ['text/csv'] },
  },
  problems: ['card_batch_not_found'],
});

function toWire({ chainId, createdAt, ...batch }: CardBatch): z.infer<typeof batchSchema> {
  return { ...batch, chainId: wireId(chainId), createdAt: createdAt.toISOString() };
}

async function existing({ pool }: ApiDeps, id: unknown): Promise<CardBatch> {
  const batch = ownId('bat').safeParse(id).success ? await findBatch(pool, String(id)) : null;
  if (!batch) throw new Problem('card_batch_not_found');
  return batch;
}

/** @throws Problem for a track that a number of the batch cannot stand on */
function checkTracks(numbers: readonly string[], asked: string | undefined): void {
  const tracks = TRACKS.filter((track) => asked?.includes(String(track)));
  for (const number of numbers)
    for (const one of tracks) {
      const refusal = trackRefusal(number, one);
      if (refusal === null) continue;
      const can = `Numbers such as ${number} go to tracks ${tracksFor(number).join(' and ')}: ${refusal}.`;
      throw new Problem('invalid_request', { detail: can, errors: [{ path: 'tracks', message: refusal }] });
    }
}

/** The batch calls. */
export function cardBatchesRouter(deps: ApiDeps): Router {
  const { pool } = deps;
  const router = Router();
  router.post('/card-batches', async (req, res) => {
    const { programId, count, typeId = null } = parse(newBatch, req.body);
    const program = await findProgram(pool, programId);
    const place = program && (await anyLocation(pool, program.chainId));
    if (!program || !place) throw new Problem('program_not_found');
    const { chainId } = program;
    const type = typeId === null ? null : await findType(pool, typeId);
    if (typeId !== null && type?.chainId !== chainId) {
      const errors = [{ path: 'typeId', message: 'is no customer type of this chain' }];
      throw new Problem('invalid_request', { errors });
    }
    const ranges = await listRanges(pool, chainId);
    await once(deps, req, res, { locationId: place.id, body: { programId, count, typeId } }, async (name) => {
      const id = name === null ? newId('bat', deps.clock.now(), randomBytes) : `bat_${name}`;
      const draw = () => drawCode(ranges, programId);
      await createBatch(pool, { id, chainId, programId, typeId, count, actor: 'operator', draw });
      return { status: 201, body: toWire(await existing(deps, id)) };
    });
  });
  router.get('/card-batches', async (req, res) => {
    const { programId } = parse(batchesQuery, req.query, 'query');
    res.json({ items: (await listBatches(pool, programId ?? null)).map(toWire), next: null });
  });
  router.get('/card-batches/:id/print-file', async (req, res) => {
    const { tracks } = parse(fileQuery, req.query, 'query');
    const { id } = await existing(deps, req.params.id);
    const numbers = await numbersOf(pool, id);
    checkTracks(numbers, tracks);
    res.attachment(`cards-${id}.csv`).type('text/csv').send(writePrintFile(numbers));
  });
  return router;
}
