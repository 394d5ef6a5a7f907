/** `/api/accounts/{id}/statement`: both books of a customer, line by line. */
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { findAccount } from '../../activities/ledger/accounts-view.ts';
import { type Explained, explainTransfers } from '../../activities/ledger/explanation.ts';
import { makeStatement, type Statement, statementPlace } from '../../activities/ledger/statement/statement.ts';
import { JOURNAL_TYPE_NAMES } from '../../domain/journal.ts';
import { countryOf } from '../http/country.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { LANGUAGES, languageOf } from '../http/languages.ts';
import { WHY_LANGUAGES, whySentence } from './why/sentence.ts';
import { offsetTime } from '../http/local-time.ts';
import { moment, periodOf } from '../http/period.ts';
import { Problem } from '../http/problem.ts';
import { amountText, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { statementPdf } from './statement-pdf.ts';
import { statementCsv, type StatementHead } from './statement-rows.ts';
import { accountIdFrom, wireTime } from './wire.ts';

const statementQuery = z.strictObject({
  from: moment.optional(),
  to: moment.optional().meta({ description: 'A day is included whole', example: '2026-11-30' }),
  format: z.enum(['json', 'csv', 'pdf']).optional(),
  lang: z
    .enum(WHY_LANGUAGES)
    .optional()
    .meta({
      description: `Default: the language of the location’s country. Titles are in ${LANGUAGES.join(', ')}; else in English`,
    }),
});

const balances = z.object({ ledger: amountText, altegio: amountText });
const entrySchema = z.object({
  at: wireTime,
  kind: z.enum(['write', 'external', 'opening', 'ledger', 'line']),
  ledger: z.object({ amount: amountText, transfers: z.array(z.record(z.string(), z.unknown())) }).nullable(),
  altegio: z.object({ amount: amountText, lines: z.array(z.record(z.string(), z.unknown())) }).nullable(),
  balance: balances,
  paired: z.boolean(),
  why: z.string().nullable().meta({ description: 'Why it has no partner in the other book, or not all of it' }),
});
const statementSchema = z
  .object({
    accountId: ownId('acc'),
    from: wireTime.nullable(),
    to: wireTime.nullable(),
    timeZone: z.string(),
    currency: z.string().meta({ description: 'Of the program: 1 point is 1 unit of it', example: 'KZT' }),
    opening: balances,
    closing: balances,
    entries: z.array(entrySchema),
    unpaired: z.object({ ledger: z.array(entrySchema), altegio: z.array(entrySchema) }),
    unexplained: amountText,
    unexplainedItems: z.array(z.object({ at: wireTime, amount: amountText, sentence: z.string() })),
  })
  .meta({ id: 'Statement' });

route({
  tags: ['Accounts'],
  security: 'operator',
  method: 'get',
  path: '/api/accounts/{id}/statement',
  summary: 'Both books line by line: one Altegio line with all transfers it nets',
  description: 'JSON, or CSV and PDF in the customer’s language, by `format` or `Accept`.',
  params: z.object({ id: ownId('acc') }),
  query: statementQuery,
  answers: {
    200: { description: 'The statement', schema: statementSchema, also: ['text/csv', 'application/pdf'] },
  },
  problems: ['account_not_found', 'not_acceptable'],
});

function toWire(accountId: string, statement: Statement, { from, to, timeZone, currency, whys }: StatementHead) {
  const when = (at: Date) => offsetTime(at, timeZone);
  const entries = statement.entries.map((entry) => ({
    ...entry,
    at: when(entry.at),
    ledger: entry.ledger && {
      ...entry.ledger,
      transfers: entry.ledger.transfers.map((one) => ({ ...one, why: whys.get(one) ?? null })),
    },
    altegio: entry.altegio && {
      amount: entry.altegio.amount,
      lines: entry.altegio.lines.map((line) => ({
        ...line,
        typeName: JOURNAL_TYPE_NAMES[line.type] ?? `type ${line.type}`,
      })),
    },
  }));
  const unpaired = entries.filter(({ paired }) => !paired);
  return {
    accountId,
    from: from && when(from),
    to: to && when(to),
    timeZone,
    currency,
    opening: statement.opening,
    closing: statement.closing,
    entries,
    unpaired: {
      ledger: unpaired.filter(({ ledger }) => ledger !== null),
      altegio: unpaired.filter(({ ledger }) => ledger === null),
    },
    unexplained: statement.unexplained,
    unexplainedItems: statement.unexplainedItems.map((item) => ({ ...item, at: when(item.at) })),
  };
}

const TYPES = { json: 'application/json', csv: 'text/csv', pdf: 'application/pdf' } as const;

function formatOf(req: Request, asked: keyof typeof TYPES | undefined): keyof typeof TYPES {
  if (asked) return asked;
  const accepted = req.accepts(Object.values(TYPES));
  const found = Object.entries(TYPES).find(([, type]) => type === accepted);
  if (!found) throw new Problem('not_acceptable', { detail: 'There is JSON, CSV and PDF.' });
  return found[0] as keyof typeof TYPES;
}

/** The sentence of every transfer; a hold moves nothing and has none. */
async function whysOf(
  pool: ApiDeps['pool'],
  accountId: string,
  { entries }: Statement,
  say: (found: Explained) => string,
): Promise<StatementHead['whys']> {
  const moves = entries.flatMap(({ ledger }) => ledger?.transfers ?? []);
  const transfers = moves.filter(({ code }) => code !== 'hold' && code !== 'release');
  const ids = transfers.map(({ id }) => id);
  const explained = await explainTransfers(pool, accountId, ids);
  return new Map(
    transfers.flatMap((one) => {
      const found = explained.get(one.id);
      return found ? [[one, say(found)] as const] : [];
    }),
  );
}

async function send(req: Request, res: Response, { pool }: ApiDeps): Promise<void> {
  const query = parse(statementQuery, req.query, 'query');
  const accountId = accountIdFrom(req.params['id']);
  if (!(await findAccount(pool, accountId))) throw new Problem('account_not_found');
  const format = formatOf(req, query.format);
  const place = await statementPlace(pool, accountId);
  const period = periodOf(query, place.timeZone);
  const statement = await makeStatement(pool, accountId, period);
  const wanted = query.lang ?? languageOf(countryOf(place.timeZone));
  const language = LANGUAGES.find((known) => known === wanted) ?? 'en';
  const whys = await whysOf(pool, accountId, statement, (found) => whySentence(found, wanted, place.timeZone));
  const head = { ...place, ...period, language, whys };
  res.vary('Accept');
  if (format === 'json') {
    res.json(toWire(accountId, statement, head));
    return;
  }
  res.attachment(`statement-${accountId}.${format}`).type(TYPES[format]);
  if (format === 'csv') res.send(statementCsv(statement, head));
  else res.send(await statementPdf(statement, head));
}

/** The statement call. */
export function statementsRouter(deps: ApiDeps): Router {
  const router = Router();
  router.get('/accounts/:id/statement', async (req, res) => await send(req, res, deps));
  return router;
}
