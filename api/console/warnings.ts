/** `/api/warnings`: points that will end, noted by the night as many days before as the program says. */
import { Router } from 'express';
import { z } from 'zod';
import { listWarnings, type WarningView } from '../../activities/ledger/warnings-view.ts';
import { formatAmount } from '../../domain/money.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { altegioId, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { warningSchema } from './account-schemas.ts';
import { localDate, PAGE_SIZE, pageOf, pageQuery, readCursor, writeCursor } from './wire.ts';

const warningsQuery = z.strictObject({
  programId: ownId('prg').optional(),
  date: z.iso.date().optional().meta({ description: 'The night that noted them', example: '2026-11-22' }),
  accountId: ownId('acc').optional(),
  ...pageQuery,
});

const notedSchema = warningSchema
  .extend({
    id: z.string(),
    programId: ownId('prg'),
    accountId: ownId('acc'),
    date: localDate.meta({ description: 'The night that noted it, a local day of the program' }),
  })
  .meta({ id: 'Warning' });

route({
  tags: ['Operations'],
  security: 'operator',
  method: 'get',
  path: '/api/warnings',
  summary: 'Points that will end, as the nights noted them, newest first',
  description:
    'A night notes each end once for each of the program’s `lots.warnDays`: the amount that the forecast named then. Nothing is sent to anybody by it.',
  query: warningsQuery,
  answers: { 200: { description: 'A page', schema: pageOf(notedSchema) } },
  problems: [],
});

/** A warning as every answer tells it. */
export const warningToWire = ({ endsOn, daysBefore, amount, notedAt }: WarningView): z.infer<typeof warningSchema> => ({
  endsOn,
  daysBefore,
  amount: formatAmount(amount),
  notedAt: notedAt.toISOString(),
});

/** The call about warnings. */
export function warningsRouter({ pool }: ApiDeps): Router {
  const router = Router();
  router.get('/warnings', async (req, res) => {
    const query = parse(warningsQuery, req.query, 'query');
    const [before = null] = readCursor(query.cursor, z.tuple([altegioId])) ?? [];
    const { items, next } = await listWarnings(pool, {
      programId: query.programId ?? null,
      date: query.date ?? null,
      accountId: query.accountId ?? null,
      before,
      limit: query.limit ?? PAGE_SIZE,
    });
    res.json({
      items: items.map((warning): z.infer<typeof notedSchema> => ({
        id: String(warning.id),
        programId: warning.programId,
        accountId: warning.accountId,
        date: warning.date,
        ...warningToWire(warning),
      })),
      next: next === null ? null : writeCursor([String(next)]),
    });
  });
  return router;
}
