/** Deposits: three lists and the top-up. There is no call that takes money from one. */
import { parseAmount, toNumber } from '../core/money.ts';
import type { World } from '../core/world.ts';
import { findClient, phoneDigits } from '../salon/clients.ts';
import {
  bareDepositView,
  depositsOf,
  depositTypeView,
  depositView,
  findDeposit,
  topUpDeposit,
} from '../salon/deposits.ts';
import { invalid } from '../core/refusal.ts';
import { bodyAmount, bodyId, idOf, locationOf, ok, pageNumber, requireChain } from './call.ts';
import type { Answer, Call, Route } from './call.ts';

/** Document type and expense of a deposit's top-up. */
const DOCUMENT_TYPE = 9;
const EXPENSE = 10;

function topUp(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  const client = findClient(world, place.id, bodyId(call, 'client_id'));
  const accountId = bodyId(call, 'account_id');
  const amount = bodyAmount(world, call);
  if (amount <= 0) throw invalid('amount', 'amount must be greater than 0');
  const deposit = topUpDeposit(world, findDeposit(world, bodyId(call, 'deposit_id'), client.phone), amount);
  const id = world.nextId('deposit');
  const at = world.now();
  const owner = { salon_id: place.id, salon_group_id: world.chain.id, document_id: id, master_id: 0, user_id: 0 };
  return ok({
    document: { id, type_id: DOCUMENT_TYPE, company_id: place.id, date_created: at },
    deposits_transactions: [
      {
        id,
        ...owner,
        deposit_id: deposit.id,
        deposit_type_id: 1,
        amount: toNumber(amount),
        comment: '',
        date_create: at,
        deleted: false,
        date_delete: null,
        deposit: bareDepositView(world, deposit),
        deposit_type: depositTypeView(world),
      },
    ],
    payment_transactions: [
      {
        id,
        document_id: id,
        expense_id: EXPENSE,
        account_id: accountId,
        client_id: client.id,
        amount: toNumber(amount),
      },
    ],
  });
}

function ofClient(world: World, call: Call): Answer {
  const place = locationOf(world, call, 'company_id');
  const client = findClient(world, place.id, idOf(call, 'client_id'));
  return ok(depositsOf(world, client.phone).map((deposit) => depositView(world, deposit)));
}

function ofPhone(world: World, call: Call): Answer {
  requireChain(world, call);
  const found = depositsOf(world, phoneDigits(call.params['phone']));
  return ok(
    found.map((deposit) => depositView(world, deposit)),
    { count: found.length },
  );
}

function ofChain(world: World, call: Call): Answer {
  requireChain(world, call);
  const bound = (name: string): number | undefined => parseAmount(call.query.one(name))?.minor;
  const [from, to] = [bound('balance_from'), bound('balance_to')];
  const found = depositsOf(world).filter(
    ({ balance }) => (from === undefined || balance >= from) && (to === undefined || balance <= to),
  );
  const limit = Math.min(200, Math.max(1, Number(call.query.one('limit') ?? 25) || 25));
  const page = pageNumber(call);
  const shown = found.slice((page - 1) * limit, page * limit);
  return ok(
    shown.map((deposit) => depositView(world, deposit)),
    { count: found.length },
  );
}

export const depositRoutes: readonly Route[] = [
  { method: 'POST', path: '/deposits_operations/:location_id', kind: 'other', run: topUp },
  { method: 'GET', path: '/deposits/company/:company_id/client/:client_id', kind: 'lookup', run: ofClient },
  { method: 'GET', path: '/deposits/chain/:chain_id', kind: 'lookup', run: ofChain },
  { method: 'GET', path: '/deposits/chain/:chain_id/phone/:phone', kind: 'lookup', run: ofPhone },
];
