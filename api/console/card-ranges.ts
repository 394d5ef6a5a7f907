/** `/api/card-ranges`: which card numbers belong to which program. */
import { type Response, Router } from 'express';
import { z } from 'zod';
import { listRanges, type RangeRefusal, setRange } from '../../activities/ledger/customers/ranges.ts';
import { findProgram } from '../../activities/ledger/programs.ts';
import { LONGEST_NUMBER, type ProgramRange, rangeFault, SHORTEST_NUMBER } from '../../domain/card-number.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { pageOf } from './wire.ts';

/** Beyond the prefix: 13 random digits and the check digit, or 8 signs of 32, leave at least 40 bits. */
const SECRET_LENGTH = { digits: 14, alphanumeric: 8 } as const;
const SHORTEST_DRAWN = { digits: 16, alphanumeric: 10 } as const;

const range = z.strictObject({
  prefix: z
    .string()
    .regex(/^[0-9A-Z]{1,8}$/, 'must be 1 to 8 digits or capital letters')
    .meta({ example: '27' }),
  characters: z.enum(['digits', 'alphanumeric']).optional().meta({ description: 'Default: digits' }),
  length: z
    .int()
    .min(SHORTEST_NUMBER)
    .max(LONGEST_NUMBER)
    .optional()
    .meta({ description: 'Of a whole number; by default as long as it has to be', example: 16 }),
});
const rangesQuery = z.strictObject({ chainId: altegioId.optional() });

const rangeSchema = z
  .object({
    programId: ownId('prg'),
    prefix: z.string(),
    characters: z.enum(['digits', 'alphanumeric']),
    length: z.int(),
  })
  .meta({ id: 'CardRange' });

const common = { tags: ['Cards'], security: 'operator' } as const;
const params = z.object({ id: ownId('prg') });
route({
  ...common,
  method: 'put',
  path: '/api/programs/{id}/card-range',
  summary: 'Give a program its own card numbers: all that begin with a prefix',
  description: 'A number then tells its program. A range can be changed until a number was issued from it.',
  params,
  body: range,
  answers: { 200: { description: 'The range', schema: rangeSchema } },
  problems: ['program_not_found', 'conflict', 'card_range_overlap'],
});
route({
  ...common,
  method: 'get',
  path: '/api/card-ranges',
  summary: 'The card numbers of all programs',
  query: rangesQuery,
  answers: { 200: { description: 'By prefix', schema: pageOf(rangeSchema) } },
  problems: [],
});

function problemOf(refusal: RangeRefusal): Problem {
  if (refusal.refused === 'in_use')
    return new Problem('conflict', { detail: 'Numbers were issued from the present range: it stays.' });
  const detail =
    refusal.refused === 'overlap'
      ? `The range ${refusal.prefix}… of program ${refusal.programId} has numbers in common with it.`
      : `The card ${refusal.number} of another program lies in this range.`;
  return new Problem('card_range_overlap', { detail, errors: [{ path: 'prefix', message: 'overlaps' }] });
}

/** The range calls. */
export function cardRangesRouter({ pool }: ApiDeps): Router {
  const router = Router();
  router.put('/programs/:id/card-range', async (req, res: Response<ProgramRange>) => {
    const known = ownId('prg').safeParse(req.params.id).success;
    const program = known ? await findProgram(pool, req.params.id) : null;
    if (!program) throw new Problem('program_not_found');
    const { prefix, characters = 'digits', length } = parse(range, req.body);
    const least = Math.max(SHORTEST_DRAWN[characters], prefix.length + SECRET_LENGTH[characters]);
    const wanted = { prefix, characters, length: length ?? least };
    const fault = rangeFault(wanted);
    if (fault !== null) {
      const path = /prefix must/.test(fault) ? 'prefix' : 'length';
      throw new Problem('invalid_request', { detail: fault, errors: [{ path, message: fault }] });
    }
    const refusal = await setRange(pool, program.chainId, program.id, wanted);
    if (refusal) throw problemOf(refusal);
    res.json({ programId: program.id, ...wanted });
  });
  router.get('/card-ranges', async (req, res) => {
    const { chainId } = parse(rangesQuery, req.query, 'query');
    res.json({ items: await listRanges(pool, chainId ?? null), next: null });
  });
  return router;
}
