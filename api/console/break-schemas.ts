/** Breaks as documented and as answered. */
import { z } from 'zod';
import type { BreakRow } from '../../activities/ledger/breaks.ts';
import { formatAmount } from '../../domain/money.ts';
import { route } from '../http/openapi.ts';
import { planAnswer } from '../http/plan.ts';
import { altegioId, amountText, ownId } from '../http/schemas.ts';
import { reasonBody } from './actions.ts';
import { DRY_RUN_ANSWER, dryRunQuery } from './dry-run.ts';
import { pageOf, pageQuery, wireId, wireIdSchema, wireTime } from './wire.ts';

const kinds = z.enum(['debt', 'card_missing', 'refused', 'ambiguous', 'parked']);
/** `GET /api/breaks`. */
export const breaksQuery = z.strictObject({
  state: z.enum(['open', 'closed']).optional(),
  accountId: ownId('acc').optional(),
  kind: kinds.optional(),
  ...pageQuery,
});
/** `POST /api/breaks/{id}/post-other`. */
export const otherBody = reasonBody.extend({
  lineId: altegioId.optional().meta({ description: 'Which line, where several of the break could be read otherwise' }),
});
const breakSchema = z
  .object({
    id: ownId('brk'),
    kind: kinds,
    state: z.enum(['open', 'closed']),
    chainId: wireIdSchema,
    accountId: ownId('acc'),
    operation: z.string().nullable(),
    workflowId: z.string().nullable(),
    amount: amountText.nullable(),
    readings: z.unknown().optional(),
    since: wireTime,
    closedAt: wireTime.nullable(),
    closedBy: z.string().nullable(),
    closeReason: z.string().nullable(),
    resolvedBy: z.string().nullable().meta({ description: 'The operation that posted the other reading' }),
  })
  .meta({ id: 'Break' });

const common = { tags: ['Breaks'], security: 'operator' } as const;
const params = z.object({ id: ownId('brk') });
const headers = z.object({ 'Idempotency-Key': z.string().max(255).optional() });
route({
  ...common,
  method: 'get',
  path: '/api/breaks',
  summary: 'What needs a person, newest first',
  query: breaksQuery,
  answers: { 200: { description: 'A page', schema: pageOf(breakSchema) } },
  problems: [],
});
route({
  ...common,
  method: 'post',
  path: '/api/breaks/{id}/close',
  summary: 'Close a break that was looked at',
  params,
  headers,
  query: dryRunQuery,
  body: reasonBody,
  answers: {
    200: { description: 'The break, closed; with dryRun the plan', schema: z.union([breakSchema, planAnswer]) },
  },
  problems: ['account_not_found', 'break_not_found', 'break_closed'],
});
route({
  ...common,
  method: 'post',
  path: '/api/breaks/{id}/post-other',
  summary: 'Post the other reading of an ambiguous break',
  description:
    'The line was taken for our write and was somebody else’s: its amount is posted as external, both books follow.',
  params,
  headers,
  query: dryRunQuery,
  body: otherBody,
  answers: {
    200: DRY_RUN_ANSWER,
    202: {
      description: 'The workflow that does it',
      schema: z.object({ workflowId: z.string(), actionId: ownId('act') }),
    },
  },
  problems: ['account_not_found', 'break_not_found', 'break_closed', 'no_other_reading', 'action_not_possible'],
});

/** A break in answers. */
export function breakToWire(row: BreakRow): z.infer<typeof breakSchema> {
  const { id, chainId, accountId, operation, workflowId, amount, readings, closedAt } = row;
  return {
    id,
    kind: kinds.parse(row.kind),
    state: closedAt === null ? 'open' : 'closed',
    chainId: wireId(chainId),
    accountId,
    operation,
    workflowId,
    amount: amount === null ? null : formatAmount(amount),
    ...(readings === null ? {} : { readings }),
    since: row.since.toISOString(),
    closedAt: closedAt?.toISOString() ?? null,
    closedBy: row.closedBy,
    closeReason: row.closeReason,
    resolvedBy: row.resolvedBy,
  };
}
