/** `/api/promotions`: what Altegio's own promotions do beside our programs, and the confirmation that a type's expiry is off. */
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import { AltegioError } from '../../activities/altegio/client/index.ts';
import { keepAction } from '../../activities/ledger/operator-actions.ts';
import { confirmExpiryOff, type WatchedProgram, watchedPrograms } from '../../activities/ledger/promotions.ts';
import { JOURNAL_TYPE_NAMES } from '../../domain/journal.ts';
import { formatAmount } from '../../domain/money.ts';
import { newId } from '../../domain/new-id.ts';
import { accruingOn, promotionSentence } from '../../domain/promotions.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, amountText, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { altegioProblem, OPERATOR_CALL, reasonOf } from './altegio-problems.ts';
import { pageOf, personText, wireId, wireIdSchema, wireTime } from './wire.ts';

type Deps = Pick<ApiDeps, 'pool' | 'altegio' | 'config'>;

const options = ({ config }: Deps) => ({ ...OPERATOR_CALL, timeoutMs: config.altegioTimeoutMs });

/** @throws Problem naming the promotions, when Altegio accrues on this card type itself */
export async function refuseAccruing(deps: Deps, chainId: bigint, cardTypeId: bigint): Promise<void> {
  const promotions = await deps.altegio.promotions(chainId, options(deps)).catch((error: unknown) => {
    throw altegioProblem(error, `promotions of chain ${chainId}`, deps.config.serviceEmail);
  });
  const accruing = accruingOn(cardTypeId, promotions);
  if (accruing.length === 0) return;
  const detail = promotionSentence(accruing);
  throw new Problem('promotion_attached', { detail, errors: [{ path: 'cardTypeId', message: detail }] });
}

/** How step 4 of a connection stands for the programs that are linked; null while none is. */
export async function cardTypeStep(
  deps: Deps,
  chainId: bigint,
): Promise<{ readonly state: 'todo' | 'failed'; readonly reason: string } | null> {
  const linked = await watchedPrograms(deps.pool, chainId);
  if (linked.length === 0) return null;
  try {
    const promotions = await deps.altegio.promotions(chainId, options(deps));
    const accruing = linked.flatMap(({ cardTypeId }) => accruingOn(cardTypeId, promotions));
    if (accruing.length > 0) return { state: 'failed', reason: promotionSentence(accruing) };
  } catch (error) {
    if (!(error instanceof AltegioError)) throw error;
    return { state: 'failed', reason: reasonOf(error, `promotions of chain ${chainId}`, deps.config.serviceEmail) };
  }
  const open = linked.filter(({ expiryOff }) => expiryOff === null);
  if (open.length === 0)
    return {
      state: 'todo',
      reason: 'No cashback promotion is attached and the expiry is confirmed to be off; the steps before come first.',
    };
  const types = open.map(({ cardType, programId }) => `“${cardType}” (PUT /api/programs/${programId}/expiry-off)`);
  return {
    state: 'todo',
    reason: `No call of Altegio tells whether a card type burns points by itself. Look in Altegio, Loyalty › Card types, and confirm that the expiry is off: ${types.join(', ')}.`,
  };
}

const promotionsQuery = z.strictObject({ chainId: altegioId.optional() });
const confirmation = z.strictObject({ off: z.boolean(), reason: personText(500) });
const expiryOff = z.object({ at: wireTime, by: z.string() }).nullable();
const watchedSchema = z
  .object({
    programId: ownId('prg'),
    name: z.string(),
    chainId: wireIdSchema,
    cardType: z.object({ id: wireIdSchema, title: z.string() }),
    state: z.enum(['ok', 'confirm_expiry', 'promotion_attached', 'moved']).meta({
      description: 'moved: Altegio has accrued or burnt points by itself; each is posted as `external`',
    }),
    expiryOff: expiryOff.meta({ description: 'Who confirmed that the card type’s own expiry is off' }),
    promotions: z.array(
      z.object({
        id: wireIdSchema,
        title: z.string(),
        type: z.string(),
        seenAt: wireTime,
        goneAt: wireTime.nullable(),
      }),
    ),
    lines: z.array(
      z.object({
        id: wireIdSchema,
        type: z.int(),
        typeName: z.string(),
        amount: amountText,
        accountId: ownId('acc'),
        seenAt: wireTime,
      }),
    ),
  })
  .meta({ id: 'WatchedProgram' });

const common = { tags: ['Set-up'], security: 'operator' } as const;
route({
  ...common,
  method: 'get',
  path: '/api/promotions',
  summary: 'What Altegio’s own promotions do beside our programs',
  description:
    'Linking refuses a card type that a cashback promotion accrues on. One that is attached later is found within an hour, and what Altegio accrues or burns within a minute; both are in the log at level error, in `/metrics` and here.',
  query: promotionsQuery,
  answers: { 200: { description: 'Every linked program; the latest 50 lines of each', schema: pageOf(watchedSchema) } },
  problems: [],
});
route({
  ...common,
  method: 'put',
  path: '/api/programs/{id}/expiry-off',
  summary: 'Confirm that the card type’s own expiry is off in Altegio, or take that back',
  params: z.object({ id: ownId('prg') }),
  body: confirmation,
  answers: { 200: { description: 'As it stands now', schema: z.object({ programId: ownId('prg'), expiryOff }) } },
  problems: ['program_not_found'],
});

function stateOf({ expiryOff: confirmed, promotions, lines }: WatchedProgram): z.infer<typeof watchedSchema>['state'] {
  if (promotions.some(({ goneAt }) => goneAt === null)) return 'promotion_attached';
  if (lines.length > 0) return 'moved';
  return confirmed === null ? 'confirm_expiry' : 'ok';
}

const confirmedToWire = (found: WatchedProgram['expiryOff']) => found && { at: found.at.toISOString(), by: found.by };

function toWire(program: WatchedProgram): z.infer<typeof watchedSchema> {
  return {
    programId: program.programId,
    name: program.name,
    chainId: wireId(program.chainId),
    cardType: { id: wireId(program.cardTypeId), title: program.cardType },
    state: stateOf(program),
    expiryOff: confirmedToWire(program.expiryOff),
    promotions: program.promotions.map(({ id, title, type, seenAt, goneAt }) => ({
      id: wireId(id),
      title,
      type,
      seenAt: seenAt.toISOString(),
      goneAt: goneAt?.toISOString() ?? null,
    })),
    lines: program.lines.map(({ lineId, type, amount, accountId, seenAt }) => ({
      id: wireId(lineId),
      type,
      typeName: JOURNAL_TYPE_NAMES[type] ?? `type ${type}`,
      amount: formatAmount(amount),
      accountId,
      seenAt: seenAt.toISOString(),
    })),
  };
}

/** The calls about promotions. */
export function promotionsRouter({ pool, clock }: ApiDeps): Router {
  const router = Router();
  router.get('/promotions', async (req, res) => {
    const { chainId = null } = parse(promotionsQuery, req.query, 'query');
    res.json({ items: (await watchedPrograms(pool, chainId)).map(toWire), next: null });
  });
  router.put('/programs/:id/expiry-off', async (req, res) => {
    const id = ownId('prg').safeParse(req.params.id).data;
    const { off, reason } = parse(confirmation, req.body);
    if (id === undefined || !(await confirmExpiryOff(pool, id, off, 'operator')))
      throw new Problem('program_not_found');
    const actionId = newId('act', clock.now(), randomBytes);
    const action = off ? 'confirm-expiry-off' : 'expiry-not-off';
    await keepAction(pool, { id: actionId, action, subject: id, reason, actor: 'operator' });
    const program = (await watchedPrograms(pool, null)).find(({ programId }) => programId === id);
    res.json({ programId: id, expiryOff: confirmedToWire(program?.expiryOff ?? null) });
  });
  return router;
}
