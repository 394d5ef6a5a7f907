/** Deposits as operators read them: standing, history, statement, links, and the report of the day. */
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { AltegioError } from '../../activities/altegio/client/index.ts';
import { type AccountView, findAccount } from '../../activities/ledger/accounts-view.ts';
import { anyLocation } from '../../activities/ledger/connections.ts';
import { listPayerLinks } from '../../activities/ledger/deposit-payers.ts';
import { readDepositReport } from '../../activities/ledger/deposit-report.ts';
import {
  type DepositEntry,
  listDepositEntries,
  makeDepositStatement,
  viewDeposit,
} from '../../activities/ledger/deposit-view.ts';
import { statementPlace } from '../../activities/ledger/statement/statement.ts';
import { formatAmount } from '../../domain/money.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { moment, periodOf } from '../http/period.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { dayDocument, depositDocument } from '../pos/deposit-documents.ts';
import { OPERATOR_CALL } from './altegio-problems.ts';
import {
  depositReport,
  depositSchema,
  depositStatement,
  entrySchema,
  linkToWire,
  payerLink,
} from './deposit-schemas.ts';
import { csvCell } from './statement-rows.ts';
import { accountIdFrom, PAGE_SIZE, pageOf, pageQuery, readCursor, takesNoQuery, wireId, writeCursor } from './wire.ts';

const historyQuery = z.strictObject(pageQuery);
const period = { from: moment.optional(), to: moment.optional() };
const statementQuery = z.strictObject({ ...period, format: z.enum(['json', 'csv']).optional() });
const reportQuery = z.strictObject({ chainId: altegioId, locationId: altegioId.optional(), ...period });

const common = { tags: ['Deposits'], security: 'operator', method: 'get' } as const;
const ofAccount = { ...common, params: z.object({ id: ownId('acc') }), problems: ['account_not_found'] } as const;
route({
  ...ofAccount,
  path: '/api/accounts/{id}/deposit',
  summary: 'A customer’s deposit, who pays for whom, and what Altegio keeps beside it',
  answers: { 200: { description: 'The deposit; zeros where there is none', schema: depositSchema } },
});
route({
  ...ofAccount,
  path: '/api/accounts/{id}/deposit/transfers',
  summary: 'History with the running balance, newest first; a sale that a payer paid stands in both histories',
  query: historyQuery,
  answers: { 200: { description: 'A page', schema: pageOf(entrySchema) } },
});
route({
  ...ofAccount,
  path: '/api/accounts/{id}/deposit/statement',
  summary: 'The same of a period, oldest first, with opening and closing balance',
  query: statementQuery,
  answers: { 200: { description: 'The statement', schema: depositStatement, also: ['text/csv'] } },
});
route({
  ...ofAccount,
  path: '/api/accounts/{id}/payers',
  summary: 'Who pays for this customer and for whom he pays, with links that are over: who, when, why',
  answers: { 200: { description: 'Newest first', schema: pageOf(payerLink) } },
});
route({
  ...common,
  path: '/api/deposits/report',
  summary: 'The report of a period: money in and out by tender, paid, refunded, opening and closing',
  description: 'Days are those of the location, or of any location of the chain where none is named.',
  query: reportQuery,
  answers: { 200: { description: 'By location, and the chain’s totals', schema: depositReport } },
  problems: ['connection_not_found'],
});

const NOTE = 'Altegio has no call that takes money from a deposit: these are shown, and never paid from here.';

/** Altegio's own deposits, read now; a customer without a phone, or without a second book, has none. */
async function altegioDeposits({ altegio, config }: ApiDeps, account: AccountView) {
  if (account.phone === null || account.provider !== 'altegio') return { state: 'none', items: [], note: NOTE };
  try {
    const found = await altegio.deposits(
      { phone: account.phone, chainId: account.chainId },
      { ...OPERATOR_CALL, timeoutMs: config.altegioTimeoutMs },
    );
    const items = found.map(({ id, title, balance, blocked }) => ({
      ...{ id: wireId(id), title, balance: formatAmount(balance), blocked },
    }));
    return { state: 'read', items, note: NOTE };
  } catch (error) {
    if (error instanceof AltegioError) return { state: 'unavailable', items: [], note: NOTE };
    throw error;
  }
}

const entryToWire = (entry: DepositEntry): z.infer<typeof entrySchema> => ({
  ...entry,
  id: String(entry.id),
  amount: formatAmount(entry.amount),
  balance: formatAmount(entry.balance),
  tender: entry.tender as z.infer<typeof entrySchema>['tender'],
  locationId: wireId(entry.locationId),
  happenedAt: entry.happenedAt.toISOString(),
  learnedAt: entry.learnedAt.toISOString(),
});

async function existing({ pool }: ApiDeps, text: unknown): Promise<AccountView> {
  const account = await findAccount(pool, accountIdFrom(text));
  if (!account) throw new Problem('account_not_found');
  return account;
}

const COLUMNS = [
  'learnedAt',
  'code',
  'amount',
  'balance',
  'tender',
  'document',
  'depositOf',
  'saleOf',
  'actor',
  'reason',
] as const;

/** UTF-8 with its mark, so that spreadsheets read Cyrillic. */
function csvOf(entries: readonly z.infer<typeof entrySchema>[]): string {
  const rows = entries.map((entry) => COLUMNS.map((column) => csvCell(entry[column] ?? '')));
  return `\uFEFF${[[...COLUMNS], ...rows].map((row) => row.join(',')).join('\r\n')}\r\n`;
}

async function sendStatement(deps: ApiDeps, req: Request, res: Response): Promise<void> {
  const account = await existing(deps, req.params['id']);
  const { format, ...asked } = parse(statementQuery, req.query, 'query');
  const { timeZone } = await statementPlace(deps.pool, account.id);
  const within = periodOf(asked, timeZone);
  const [statement, { currency }] = await Promise.all([
    makeDepositStatement(deps.pool, account.id, within),
    viewDeposit(deps.pool, account.id),
  ]);
  const entries = statement.entries.map(entryToWire);
  if (format === 'csv') {
    res.attachment(`deposit-${account.id}.csv`).type('text/csv').send(csvOf(entries));
    return;
  }
  res.json({
    accountId: account.id,
    currency,
    from: within.from && within.from.toISOString(),
    to: within.to && within.to.toISOString(),
    timeZone,
    opening: formatAmount(statement.opening),
    closing: formatAmount(statement.closing),
    entries,
    altegio: 'not_mirrored',
  });
}

async function sendReport({ pool }: ApiDeps, req: Request, res: Response): Promise<void> {
  const { chainId, locationId, ...asked } = parse(reportQuery, req.query, 'query');
  const place = await anyLocation(pool, chainId);
  if (!place) throw new Problem('connection_not_found');
  const within = periodOf(asked, place.timeZone);
  const { days, totals } = await readDepositReport(pool, { chainId, locationId: locationId ?? null, ...within });
  res.json({
    from: within.from && within.from.toISOString(),
    to: within.to && within.to.toISOString(),
    items: days.map(dayDocument),
    totals: totals.map(({ currency, opening, closing }) => ({
      currency,
      opening: formatAmount(opening),
      closing: formatAmount(closing),
    })),
  });
}

/** The reading calls. */
export function depositViewsRouter(deps: ApiDeps): Router {
  const { pool } = deps;
  const router = Router();
  router.get('/accounts/:id/deposit', async (req, res) => {
    takesNoQuery(req.query);
    const account = await existing(deps, req.params.id);
    const [view, altegio] = await Promise.all([viewDeposit(pool, account.id), altegioDeposits(deps, account)]);
    const paysFor = view.paysFor.map(({ accountId, since }) => ({ accountId, since: since.toISOString() }));
    res.json({ ...depositDocument(view), paysFor, altegioDeposits: altegio });
  });
  router.get('/accounts/:id/deposit/transfers', async (req, res) => {
    const query = parse(historyQuery, req.query, 'query');
    const [from = null] = readCursor(query.cursor, z.tuple([altegioId])) ?? [];
    const { id } = await existing(deps, req.params.id);
    const { items, next } = await listDepositEntries(pool, id, from, query.limit ?? PAGE_SIZE);
    res.json({ items: items.map(entryToWire), next: next === null ? null : writeCursor([String(next)]) });
  });
  router.get('/accounts/:id/deposit/statement', (req, res) => sendStatement(deps, req, res));
  router.get('/accounts/:id/payers', async (req, res) => {
    takesNoQuery(req.query);
    const { id } = await existing(deps, req.params.id);
    const links = await listPayerLinks(pool, id);
    res.json({ items: links.map(linkToWire), next: null });
  });
  router.get('/deposits/report', (req, res) => sendReport(deps, req, res));
  return router;
}
