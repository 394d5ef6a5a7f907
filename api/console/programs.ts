/** `/api/programs`: rules of points, linked one to one to a card type of the chain. */
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import { anyLocation, isKnownToAltegio } from '../../activities/ledger/connections.ts';
import {
  addVersion,
  CardTypeLinked,
  createProgram,
  findProgram,
  linkCardType,
  listPrograms,
  type Program,
} from '../../activities/ledger/programs.ts';
import { newId } from '../../domain/new-id.ts';
import { isTimeZone, programSettings } from '../../domain/program.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { altegioProblem, OPERATOR_CALL } from './altegio-problems.ts';
import { once } from './once.ts';
import { refuseAccruing } from './promotions.ts';
import { pageOf, takesNoQuery, wireId, wireIdSchema, wireTime } from './wire.ts';

const newProgram = programSettings
  .safeExtend({
    chainId: altegioId,
    cardTypeId: altegioId.optional(),
    provider: z.enum(['altegio', 'own']).default('altegio'),
  })
  .superRefine(({ provider, cardTypeId }, context) => {
    if (provider === 'altegio' && cardTypeId === undefined)
      context.addIssue({
        code: 'custom',
        path: ['cardTypeId'],
        message: 'is needed where Altegio keeps the second book',
      });
    if (provider === 'own' && cardTypeId !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['cardTypeId'],
        message: 'has no meaning where the ledger is the only book',
      });
  });
const newVersion = programSettings.safeExtend({ chainId: altegioId.optional(), cardTypeId: altegioId.optional() });
const programsQuery = z.strictObject({ chainId: altegioId.optional() });

const programSchema = programSettings
  .safeExtend({
    id: ownId('prg'),
    version: z.int(),
    chainId: wireIdSchema,
    cardTypeId: wireIdSchema.nullable(),
    cardTypeTitle: z.string(),
    provider: z.enum(['altegio', 'own']),
    createdAt: wireTime,
  })
  .meta({ id: 'Program' });
const made = z.object({ id: ownId('prg'), version: z.int() });

const common = { tags: ['Set-up'], security: 'operator' } as const;
const params = z.object({ id: ownId('prg') });
route({
  ...common,
  method: 'post',
  path: '/api/programs',
  summary: 'Make a program and link it to a card type',
  description: 'With `"provider":"own"` the ledger is its only book, and there is no card type.',
  headers: z.object({ 'Idempotency-Key': z.string().max(255).optional() }),
  body: newProgram,
  answers: { 201: { description: 'Made', schema: made } },
  problems: [
    'not_found',
    'connection_not_found',
    'program_exists',
    'promotion_attached',
    'altegio_refused',
    'altegio_unavailable',
  ],
});
route({
  ...common,
  method: 'put',
  path: '/api/programs/{id}',
  summary: 'Change a program: a new version; postings made before keep theirs',
  params,
  body: newVersion,
  answers: { 200: { description: 'The new version', schema: made } },
  problems: [
    'program_not_found',
    'not_found',
    'program_exists',
    'promotion_attached',
    'altegio_refused',
    'altegio_unavailable',
  ],
});
route({
  ...common,
  method: 'get',
  path: '/api/programs',
  summary: 'All programs with their newest settings',
  query: programsQuery,
  answers: { 200: { description: 'Oldest first', schema: pageOf(programSchema) } },
  problems: [],
});
route({
  ...common,
  method: 'get',
  path: '/api/programs/{id}',
  summary: 'One program with its newest settings',
  params,
  answers: { 200: { description: 'The program', schema: programSchema } },
  problems: ['program_not_found'],
});

function toWire({ settings, ...program }: Program): object {
  return {
    ...settings,
    id: program.id,
    version: program.version,
    chainId: wireId(program.chainId),
    cardTypeId: program.cardTypeId === null ? null : wireId(program.cardTypeId),
    cardTypeTitle: program.cardTypeTitle,
    provider: program.provider,
    createdAt: program.createdAt.toISOString(),
  };
}

function badField(path: string, message: string): Problem {
  return new Problem('invalid_request', { detail: `${path} ${message}.`, errors: [{ path, message }] });
}

/** A zone that the calendar does not know would fail much later, at the first night's run. */
function checkTimeZone(timeZone: string | undefined): void {
  if (timeZone === undefined) return;
  if (!isTimeZone(timeZone)) throw badField('timeZone', 'must be an IANA time zone such as "Asia/Almaty"');
}

/** The title of a card type that may be linked. @throws Problem where Altegio does not know it or accrues on it itself */
async function cardTypeTitle(deps: ApiDeps, chainId: bigint, cardTypeId: bigint): Promise<string> {
  if (!(await isKnownToAltegio(deps.pool, chainId)))
    throw badField('chainId', 'is not known to Altegio: connect one of its locations first');
  const options = { ...OPERATOR_CALL, timeoutMs: deps.config.altegioTimeoutMs };
  const types = await deps.altegio.cardTypes(chainId, options).catch((error: unknown) => {
    throw altegioProblem(error, `chain ${chainId}`, deps.config.serviceEmail);
  });
  const type = types.find(({ id }) => id === cardTypeId);
  if (!type) throw badField('cardTypeId', 'is no card type of this chain in Altegio; create it there or pick another');
  await refuseAccruing(deps, chainId, cardTypeId);
  return type.title;
}

async function existing(deps: ApiDeps, id: unknown): Promise<Program> {
  const program = ownId('prg').safeParse(id).success ? await findProgram(deps.pool, String(id)) : null;
  if (!program) throw new Problem('program_not_found');
  return program;
}

async function link(deps: ApiDeps, program: Parameters<typeof createProgram>[1]): Promise<void> {
  try {
    await createProgram(deps.pool, program);
  } catch (error) {
    // The very same call made it before, and its answer was lost.
    if (error instanceof CardTypeLinked && (await findProgram(deps.pool, program.id))) return;
    refuseLinked(error);
  }
}

/** A card type stays; a program without one is linked to its first. */
async function keepOrLink(deps: ApiDeps, program: Program, cardTypeId: bigint): Promise<void> {
  if (cardTypeId === program.cardTypeId) return;
  if (program.cardTypeId !== null) throw badField('cardTypeId', 'of a program never changes: make another program');
  const title = await cardTypeTitle(deps, program.chainId, cardTypeId);
  await linkCardType(deps.pool, program.id, cardTypeId, title).catch(refuseLinked);
}

function refuseLinked(error: unknown): never {
  if (!(error instanceof CardTypeLinked)) throw error;
  const errors = [{ path: 'cardTypeId', message: 'is linked to another program of the chain' }];
  throw new Problem('program_exists', { detail: 'One card type has one program.', errors });
}

/** The program calls. */
export function programsRouter(deps: ApiDeps): Router {
  const router = Router();
  router.post('/programs', async (req, res) => {
    const { chainId, cardTypeId = null, provider, ...settings } = parse(newProgram, req.body);
    checkTimeZone(settings.timeZone);
    const location = await anyLocation(deps.pool, chainId);
    if (!location)
      throw new Problem('connection_not_found', {
        detail: 'No location of this chain is connected: POST /api/connections first.',
        errors: [{ path: 'chainId', message: 'is no connected chain' }],
      });
    const scope = {
      locationId: location.id,
      body: { chainId, cardTypeId, ...(provider === 'own' && { provider }), settings },
    };
    await once(deps, req, res, scope, async (name) => {
      const title = cardTypeId === null ? settings.name : await cardTypeTitle(deps, chainId, cardTypeId);
      const id = name === null ? newId('prg', deps.clock.now(), randomBytes) : `prg_${name}`;
      await link(deps, { id, chainId, cardTypeId, cardTypeTitle: title, provider, settings });
      return { status: 201, body: { id, version: 1 } };
    });
  });
  router.put('/programs/:id', async (req, res) => {
    const program = await existing(deps, req.params.id);
    const { chainId, cardTypeId, ...settings } = parse(newVersion, req.body);
    checkTimeZone(settings.timeZone);
    if (chainId !== undefined && chainId !== program.chainId) throw badField('chainId', 'of a program never changes');
    if (cardTypeId !== undefined) await keepOrLink(deps, program, cardTypeId);
    const version = await addVersion(deps.pool, program.id, settings);
    res.json({ id: program.id, version });
  });
  router.get('/programs', async (req, res) => {
    const { chainId } = parse(programsQuery, req.query, 'query');
    res.json({ items: (await listPrograms(deps.pool, chainId ?? null)).map(toWire), next: null });
  });
  router.get('/programs/:id', async (req, res) => {
    takesNoQuery(req.query);
    res.json(toWire(await existing(deps, req.params.id)));
  });
  return router;
}
