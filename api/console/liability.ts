/** `/api/reports/liability`: what the salon owes in points, for the accountant. */
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { anyLocation } from '../../activities/ledger/connections.ts';
import { type LiabilityReport, readLiability } from '../../activities/ledger/reports/liability.ts';
import { formatAmount } from '../../domain/money.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, amountText, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { csvCell } from './statement-rows.ts';
import { wireId, wireIdSchema } from './wire.ts';

const month = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month such as "2026-11"')
  .meta({ example: '2026-11' });
const liabilityQuery = z.strictObject({
  chainId: altegioId,
  programId: ownId('prg').optional(),
  locationId: altegioId.optional(),
  from: month.optional().meta({ description: 'The first month; default: from the beginning', example: '2026-01' }),
  to: month.optional().meta({ description: 'The last month; default: this one', example: '2026-12' }),
  format: z.enum(['json', 'csv']).optional(),
});

const line = z.object({
  month,
  locationId: wireIdSchema.nullable(),
  location: z.string().nullable(),
  currency: z.string(),
  opening: amountText,
  issued: amountText.meta({ description: 'Earned, less what was taken back of it' }),
  redeemed: amountText.meta({ description: 'Taken away: paid with, less what refunds returned' }),
  expired: amountText.meta({ description: 'Taken away' }),
  adjusted: amountText.meta({
    description: 'Either way: by operators, by others in Altegio, balances of cards that were adopted',
  }),
  closing: amountText.meta({ description: 'opening + issued − redeemed − expired + adjusted' }),
  expectedBreakage: amountText.nullable().meta({
    description: 'Of the closing: the part of the points that ended in 12 months by expiring; null without any',
  }),
});
const reportSchema = z
  .object({
    items: z.array(line),
    proof: z
      .array(z.object({ currency: z.string(), closing: amountText, balances: amountText, equal: z.boolean() }))
      .meta({ description: 'The closing of everything up to now, and the balances of all accounts at that moment' }),
  })
  .meta({ id: 'LiabilityReport' });

route({
  tags: ['Customers'],
  security: 'operator',
  method: 'get',
  path: '/api/reports/liability',
  summary: 'What is owed in points, by month, location and currency',
  description:
    'opening + issued − redeemed − expired ± adjusted = closing, line by line, from the transfers alone. A month is that of the location’s clock when the points were booked. Points are of the location whose operation moved them.',
  query: liabilityQuery,
  answers: { 200: { description: 'Oldest month first', schema: reportSchema, also: ['text/csv'] } },
  problems: ['connection_not_found'],
});

const AMOUNTS = ['opening', 'issued', 'redeemed', 'expired', 'adjusted', 'closing'] as const;
const COLUMNS = ['month', 'locationId', 'location', 'currency', ...AMOUNTS, 'expectedBreakage'] as const;

function toWire(found: LiabilityReport['months'][number]): z.infer<typeof line> {
  const { locationId, title, currency, expectedBreakage } = found;
  const amounts = Object.fromEntries(AMOUNTS.map((name) => [name, formatAmount(found[name])]));
  return {
    month: found.month,
    locationId: locationId === null ? null : wireId(locationId),
    location: title,
    currency,
    ...(amounts as Record<(typeof AMOUNTS)[number], string>),
    expectedBreakage: expectedBreakage === null ? null : formatAmount(expectedBreakage),
  };
}

function csv(lines: readonly z.infer<typeof line>[]): string {
  const rows = lines.map((one) => COLUMNS.map((column) => String(one[column] ?? '')));
  return `\uFEFF${[[...COLUMNS], ...rows].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('')}`;
}

async function send({ pool }: ApiDeps, req: Request, res: Response): Promise<void> {
  const { chainId, programId = null, locationId, from, to, format } = parse(liabilityQuery, req.query, 'query');
  if (!(await anyLocation(pool, chainId)))
    throw new Problem('connection_not_found', { detail: 'No location of this chain is connected.' });
  const { months, proof } = await readLiability(pool, { chainId, programId });
  const within = months.filter(
    (one) =>
      (from === undefined || one.month >= from) &&
      (to === undefined || one.month <= to) &&
      (locationId === undefined || one.locationId === locationId),
  );
  const items = within.map(toWire);
  if (format === 'csv') {
    res.attachment('liability.csv').type('text/csv').send(csv(items));
    return;
  }
  const proven = proof.map(({ currency, closing, balances }) => ({
    currency,
    closing: formatAmount(closing),
    balances: formatAmount(balances),
    equal: closing === balances,
  }));
  res.json({ items, proof: proven });
}

/** The liability call. */
export function liabilityRouter(deps: ApiDeps): Router {
  const router = Router();
  router.get('/reports/liability', (req, res) => send(deps, req, res));
  return router;
}
