/** `/api/accounts`: customers' points in both books, their history and lots. */
import { Router } from 'express';
import { z } from 'zod';
import { balancesAt } from '../../activities/ledger/account-at.ts';
import { type AccountView, findAccount, listAccounts } from '../../activities/ledger/accounts-view.ts';
import { accountBurns } from '../../activities/ledger/ending-lots.ts';
import { explainTransfers } from '../../activities/ledger/explanation.ts';
import { listLots, listTransfers, type TransferView } from '../../activities/ledger/history-view.ts';
import { statementPlace } from '../../activities/ledger/statement/statement.ts';
import { openWarnings } from '../../activities/ledger/warnings-view.ts';
import { available, type Balances, target } from '../../domain/account.ts';
import { formatAmount } from '../../domain/money.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, cardNumber, ownId, phone, timestamp } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { accountAtSchema, accountSchema, type lotSchema, lotsSchema, transferSchema } from './account-schemas.ts';
import { phoneFrom } from './phone.ts';
import { toWireTransfer } from './transfer-wire.ts';
import { WHY_LANGUAGES, whySentence } from './why/sentence.ts';
import { warningToWire } from './warnings.ts';
import {
  accountIdFrom,
  PAGE_SIZE,
  pageOf,
  pageQuery,
  personText,
  readCursor,
  takesNoQuery,
  wireId,
  writeCursor,
} from './wire.ts';

const accountsQuery = z.strictObject({
  phone: phone.optional(),
  cardNumber: cardNumber.optional(),
  q: personText(128).optional(),
  chainId: altegioId.optional(),
  ...pageQuery,
});
const historyQuery = z.strictObject({
  lang: z.enum(WHY_LANGUAGES).optional().meta({ description: 'Of `why`; default: en' }),
  ...pageQuery,
});
const accountQuery = z.strictObject({ at: timestamp.optional(), knownAt: timestamp.optional() });

const common = { tags: ['Accounts'], security: 'operator' } as const;
const params = z.object({ id: ownId('acc') });
route({
  ...common,
  method: 'get',
  path: '/api/accounts',
  summary: 'Find accounts by phone, card number, or a part of a name',
  query: accountsQuery,
  answers: { 200: { description: 'A page', schema: pageOf(accountSchema) } },
  problems: [],
});
route({
  ...common,
  method: 'get',
  path: '/api/accounts/{id}',
  summary: 'One account in both books, or its points at an instant',
  description:
    'With `at` and `knownAt` the points as they were: what had happened by `at`, as far as we knew by `knownAt`. Without `at` it is `knownAt`, without `knownAt` it is now.',
  params,
  query: accountQuery,
  answers: { 200: { description: 'The account', schema: z.union([accountSchema, accountAtSchema]) } },
  problems: ['account_not_found'],
});
route({
  ...common,
  method: 'get',
  path: '/api/accounts/{id}/transfers',
  summary: 'History with the running balance, newest first',
  params,
  query: historyQuery,
  answers: { 200: { description: 'A page', schema: pageOf(transferSchema) } },
  problems: ['account_not_found'],
});
route({
  ...common,
  method: 'get',
  path: '/api/accounts/{id}/lots',
  summary: 'What expires when, earliest first',
  params,
  answers: { 200: { description: 'Lots with something left, and what of them ends when', schema: lotsSchema } },
  problems: ['account_not_found'],
});

const ledgerOf = (balances: Balances) => ({
  active: formatAmount(balances.active),
  held: formatAmount(balances.held),
  pending: formatAmount(balances.pending),
  debt: formatAmount(balances.debt),
  available: formatAmount(available(balances)),
});

async function accountAt(
  { pool, clock }: ApiDeps,
  { id }: AccountView,
  query: z.infer<typeof accountQuery>,
): Promise<z.infer<typeof accountAtSchema>> {
  const knownAt = query.knownAt ?? new Date(clock.now());
  const at = query.at ?? knownAt;
  const balances = await balancesAt(pool, id, at, knownAt);
  return {
    id,
    at: at.toISOString(),
    knownAt: knownAt.toISOString(),
    ledger: ledgerOf(balances),
    target: formatAmount(target(balances)),
  };
}

function toWire(account: AccountView): z.infer<typeof accountSchema> {
  const { balances, altegio } = account;
  return {
    id: account.id,
    clientId: account.clients[0] ? wireId(account.clients[0].clientId) : null,
    clients: account.clients.map(({ locationId, clientId }) => ({
      locationId: wireId(locationId),
      clientId: wireId(clientId),
    })),
    chainId: wireId(account.chainId),
    programId: account.programId,
    phone: account.phone,
    displayName: account.displayName,
    cardNumber: account.cardNumber ?? altegio?.number ?? null,
    status: account.status,
    provider: account.provider,
    state: account.state,
    ledger: ledgerOf(balances),
    level: { ...account.level, since: account.level.since?.toISOString() ?? null },
    target: formatAmount(account.target),
    altegio: altegio && {
      cardId: wireId(altegio.cardId),
      number: altegio.number,
      balance: formatAmount(altegio.balance),
      seenAt: altegio.seenAt.toISOString(),
    },
    drift: formatAmount(account.drift),
    workflowIds: [...account.workflowIds],
    breaks: account.breaks.map(({ id, kind, amount, since, readings }) => ({
      id,
      kind,
      amount: amount === null ? null : formatAmount(amount),
      since: since.toISOString(),
      ...(readings === null ? {} : { readings }),
    })),
  };
}

/** The account named in the path, or 404. */
async function existing(deps: ApiDeps, text: unknown): Promise<AccountView> {
  const account = await findAccount(deps.pool, accountIdFrom(text));
  if (!account) throw new Problem('account_not_found');
  return account;
}

/** The reading calls about accounts. */
export function accountsRouter(deps: ApiDeps): Router {
  const { pool, config } = deps;
  const router = Router();
  router.get('/accounts', async (req, res) => {
    const query = parse(accountsQuery, req.query, 'query');
    const [after = null] = readCursor(query.cursor, z.tuple([ownId('acc')])) ?? [];
    const { items, next } = await listAccounts(pool, {
      phone: query.phone === undefined ? null : phoneFrom(query.phone, 'query'),
      cardNumber: query.cardNumber ?? null,
      text: query.q ?? null,
      chainId: query.chainId ?? null,
      after,
      limit: query.limit ?? PAGE_SIZE,
    });
    res.json({ items: items.map(toWire), next: next === null ? null : writeCursor([next]) });
  });
  router.get('/accounts/:id', async (req, res) => {
    const query = parse(accountQuery, req.query, 'query');
    const account = await existing(deps, req.params.id);
    const isPast = query.at !== undefined || query.knownAt !== undefined;
    res.json(isPast ? await accountAt(deps, account, query) : toWire(account));
  });
  router.get('/accounts/:id/transfers', async (req, res) => {
    const query = parse(historyQuery, req.query, 'query');
    const [from = null] = readCursor(query.cursor, z.tuple([altegioId])) ?? [];
    const { id } = await existing(deps, req.params.id);
    const { items, next } = await listTransfers(pool, id, from, query.limit ?? PAGE_SIZE);
    const [explained, { timeZone }] = await Promise.all([
      explainTransfers(
        pool,
        id,
        items.map((transfer) => transfer.id),
      ),
      statementPlace(pool, id),
    ]);
    const why = (transfer: TransferView): string => {
      const found = explained.get(String(transfer.id));
      return found ? whySentence(found, query.lang ?? 'en', timeZone) : '';
    };
    res.json({
      items: items.map((transfer) => toWireTransfer(config, transfer, why(transfer))),
      next: next === null ? null : writeCursor([String(next)]),
    });
  });
  router.get('/accounts/:id/lots', async (req, res) => {
    takesNoQuery(req.query);
    const { id } = await existing(deps, req.params.id);
    const [lots, burns, warned] = await Promise.all([
      listLots(pool, id),
      accountBurns(pool, id),
      openWarnings(pool, id),
    ]);
    const items = lots.map((lot): z.infer<typeof lotSchema> => ({
      id: String(lot.id),
      code: lot.code,
      state: lot.state,
      amount: formatAmount(lot.amount),
      remaining: formatAmount(lot.remaining),
      held: formatAmount(lot.held),
      activatesAt: lot.activatesAt?.toISOString() ?? null,
      expiresAt: lot.expiresAt?.toISOString() ?? null,
      createdAt: lot.createdAt.toISOString(),
      operation: lot.operation,
    }));
    const forecast = burns.map(({ at, amount }) => ({ at: new Date(at).toISOString(), amount: formatAmount(amount) }));
    const warnings = warned.map(warningToWire);
    res.json({ items, next: null, forecast, warnings } satisfies z.infer<typeof lotsSchema>);
  });
  return router;
}
