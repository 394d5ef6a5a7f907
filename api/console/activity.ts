/** `/api/reports/activity` and `/api/accounts/{id}/activity`: points earned and redeemed in a period. */
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { findAccount } from '../../activities/ledger/accounts-view.ts';
import { anyLocation } from '../../activities/ledger/connections.ts';
import {
  type Activity,
  type ActivityFilter,
  type ActivityRow,
  readActivity,
  totalOf,
} from '../../activities/ledger/customers/activity.ts';
import { statementPlace } from '../../activities/ledger/statement/statement.ts';
import { formatAmount } from '../../domain/money.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { offsetTime } from '../http/local-time.ts';
import { moment, periodOf } from '../http/period.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, amountText, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { csvCell } from './statement-rows.ts';
import { accountIdFrom, PAGE_SIZE, pageQuery, readCursor, wireTime, writeCursor } from './wire.ts';

const period = {
  from: moment.optional(),
  to: moment.optional().meta({ description: 'A day is included whole', example: '2026-11-30' }),
  format: z.enum(['json', 'csv']).optional(),
};
const accountQuery = z.strictObject(period);
const reportQuery = z.strictObject({
  chainId: altegioId,
  programId: ownId('prg').optional(),
  typeId: ownId('typ').optional(),
  by: z.enum(['type', 'account']).optional().meta({ description: 'Default: type' }),
  ...period,
  ...pageQuery,
});

const COLUMNS = [
  'opening',
  'earned',
  'redeemed',
  'refunded',
  'clawedBack',
  'adjusted',
  'external',
  'adopted',
  'expired',
  'closing',
] as const satisfies readonly (keyof Activity)[];

const sums = {
  opening: amountText.meta({ description: 'Active and pending points less debt, when the period began' }),
  earned: amountText,
  redeemed: amountText.meta({ description: 'Taken away' }),
  refunded: amountText,
  clawedBack: amountText.meta({ description: 'Taken away' }),
  adjusted: amountText.meta({ description: 'By operators, either way' }),
  external: amountText.meta({ description: 'By others in Altegio, either way' }),
  adopted: amountText.meta({ description: 'Balances that altegio cards already had' }),
  expired: amountText.meta({ description: 'Taken away' }),
  closing: amountText.meta({ description: 'As the ledger has it when the period ends' }),
};
const rowSchema = z.object({
  accountId: ownId('acc').nullable(),
  type: z.object({ id: ownId('typ'), name: z.string() }),
  customers: z.int(),
  ...sums,
});
const span = { from: wireTime.nullable(), to: wireTime.nullable(), timeZone: z.string() };
const accountSchema = rowSchema.extend(span).meta({ id: 'Activity' });
const reportSchema = z
  .object({
    ...span,
    items: z.array(rowSchema),
    total: z.object({ customers: z.int(), ...sums }).meta({ description: 'Of the rows of this answer' }),
    next: z.string().nullable(),
  })
  .meta({ id: 'ActivityReport' });

const common = { tags: ['Customers'], security: 'operator', method: 'get' } as const;
route({
  ...common,
  path: '/api/accounts/{id}/activity',
  summary: 'What a customer earned and redeemed in a period',
  params: z.object({ id: ownId('acc') }),
  query: accountQuery,
  answers: {
    200: { description: 'opening + earned − redeemed … = closing', schema: accountSchema, also: ['text/csv'] },
  },
  problems: ['account_not_found'],
});
route({
  ...common,
  path: '/api/reports/activity',
  summary: 'What customers earned and redeemed in a period, by customer type or by account',
  description: 'A customer counts to the type he is in now. As CSV all rows come at once.',
  query: reportQuery,
  answers: {
    200: {
      description: 'opening + earned − redeemed … = closing, row by row',
      schema: reportSchema,
      also: ['text/csv'],
    },
  },
  problems: ['connection_not_found'],
});

type Texts = Record<(typeof COLUMNS)[number], string>;

const texts = (row: Activity): Texts =>
  Object.fromEntries(COLUMNS.map((column) => [column, formatAmount(row[column])])) as Texts;

const toWire = (row: ActivityRow): z.infer<typeof rowSchema> => ({
  accountId: row.accountId,
  type: row.type,
  customers: row.customers,
  ...texts(row),
});

function csv(rows: readonly ActivityRow[]): string {
  const lines = rows.map((row) => {
    const amounts = texts(row);
    const who = [row.accountId ?? '', row.type.name, String(row.customers)];
    return [...who, ...COLUMNS.map((column) => amounts[column])];
  });
  const all = [['accountId', 'type', 'customers', ...COLUMNS], ...lines];
  return `\uFEFF${all.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('')}`;
}

const everybody = { chainId: null, programId: null, typeId: null, accountId: null, after: null, limit: null } as const;

async function ofAccount({ pool }: ApiDeps, req: Request, res: Response): Promise<void> {
  const { format, ...query } = parse(accountQuery, req.query, 'query');
  const accountId = accountIdFrom(req.params['id']);
  if (!(await findAccount(pool, accountId))) throw new Problem('account_not_found');
  const { timeZone } = await statementPlace(pool, accountId);
  const { from, to } = periodOf(query, timeZone);
  const rows = await readActivity(pool, { ...everybody, accountId, by: 'account', from, to });
  const [row] = rows;
  if (!row) throw new Problem('account_not_found');
  if (format === 'csv') res.attachment(`activity-${accountId}.csv`).type('text/csv').send(csv(rows));
  else res.json({ ...spanOf(from, to, timeZone), ...toWire(row) });
}

const spanOf = (from: Date | null, to: Date | null, timeZone: string) => ({
  from: from && offsetTime(from, timeZone),
  to: to && offsetTime(to, timeZone),
  timeZone,
});

async function report({ pool }: ApiDeps, req: Request, res: Response): Promise<void> {
  const { format, cursor, limit = PAGE_SIZE, by = 'type', ...query } = parse(reportQuery, req.query, 'query');
  const { chainId, programId = null, typeId = null } = query;
  const place = await anyLocation(pool, chainId);
  if (!place) throw new Problem('connection_not_found', { detail: 'No location of this chain is connected.' });
  const { from, to } = periodOf(query, place.timeZone);
  const [after = null] = readCursor(cursor, z.tuple([ownId('acc')])) ?? [];
  const filter: ActivityFilter = { ...everybody, chainId, programId, typeId, by, from, to };
  if (format === 'csv') {
    res
      .attachment('activity.csv')
      .type('text/csv')
      .send(csv(await readActivity(pool, filter)));
    return;
  }
  const paged = by === 'account';
  const rows = await readActivity(pool, paged ? { ...filter, after, limit: limit + 1 } : filter);
  const items = paged ? rows.slice(0, limit) : rows;
  const last = rows.length > items.length ? items.at(-1)?.accountId : null;
  const { customers, ...total } = totalOf(items);
  res.json({
    ...spanOf(from, to, place.timeZone),
    items: items.map(toWire),
    total: { customers, ...texts(total) },
    next: last ? writeCursor([last]) : null,
  });
}

/** The activity calls. */
export function activityRouter(deps: ApiDeps): Router {
  const router = Router();
  router.get('/accounts/:id/activity', (req, res) => ofAccount(deps, req, res));
  router.get('/reports/activity', (req, res) => report(deps, req, res));
  return router;
}
