/** `POST /v1/lookups`: what a customer has, answered from the ledger. */
import type { PosCaller } from '../../activities/ledger/keys.ts';
import {
  type CustomerKey,
  findAccounts,
  findByLast4,
  type FoundAccounts,
  QUICK_FIND_MAX,
  type TillAccount,
} from '../../activities/ledger/till-accounts.ts';
import { readScan } from '../../domain/card-scan.ts';
import type { ApiDeps } from '../http/deps.ts';
import { Problem } from '../http/problem.ts';
import { cardNumber } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { phoneAt } from './auth.ts';
import { lookupBody } from './bodies.ts';
import { accountDocument, choiceDocument } from './documents.ts';
import { meetCustomer } from './first-contact.ts';
import { viewOtherBook } from './other-book.ts';

/** Which customer a lookup asks for. */
async function keyOf(deps: ApiDeps, caller: PosCaller, body: unknown): Promise<CustomerKey> {
  const { phone, cardNumber: number, scan, last4 } = parse(lookupBody, body);
  if (last4 !== undefined) return await quickFind(deps, caller, last4);
  if (phone !== undefined) return { by: 'phone', value: phoneAt(caller, phone) };
  if (number !== undefined) return { by: 'cardNumber', value: number };
  const read = readScan(scan ?? '');
  const code = cardNumber.safeParse(read.number);
  if (code.success) return { by: 'cardNumber', value: code.data };
  const detail = read.fault === null ? {} : { detail: read.fault };
  throw new Problem('invalid_request', { ...detail, errors: [{ path: 'scan', message: 'holds no card number' }] });
}

/** Four characters name one customer, or several of whom the cashier chooses one by the masked name. */
async function quickFind({ pool }: ApiDeps, caller: PosCaller, last4: string): Promise<CustomerKey> {
  const [first, ...others] = await findByLast4(pool, caller, last4);
  if (first === undefined) throw new Problem('account_not_found');
  if (others.length === 0) return { by: 'accountId', value: first };
  if (others.length >= QUICK_FIND_MAX)
    throw new Problem('card_choice_required', { detail: 'Too many customers end so; ask for the phone or the card.' });
  const found = await Promise.all(
    [first, ...others].map((value) => findAccounts(pool, caller, { by: 'accountId', value })),
  );
  const accounts = found.flatMap((one) => one.accounts.map((account) => choiceDocument(account)));
  throw new Problem('card_choice_required', { detail: 'Send the accountId of one of them.', extra: { accounts } });
}

/** The problem of a search that found nobody here. */
export function nobodyFound(
  found: Pick<FoundAccounts, 'chainHasPrograms' | 'elsewhere' | 'replaced'> & { programHere: boolean },
): Problem {
  if (!found.programHere)
    return found.chainHasPrograms
      ? new Problem('card_not_active_here', { detail: 'The bonus program is not valid in this location.' })
      : new Problem('program_not_linked', {
          detail:
            'No program keeps points in this location: see its provider (GET /api/locations) and POST /api/programs.',
        });
  if (found.replaced) return new Problem('card_replaced');
  return new Problem(found.elsewhere ? 'card_not_active_here' : 'account_not_found');
}

/** Lookup: the customer, met in Altegio when new. */
export async function lookUp(deps: ApiDeps, caller: PosCaller, body: unknown): Promise<object> {
  const began = performance.now();
  const key = await keyOf(deps, caller, body);
  let found = await findAccounts(deps.pool, caller, key);
  const strange = found.accounts.length === 0 || found.accounts.some(({ altegio }) => altegio === null);
  if (
    key.by === 'phone' &&
    strange &&
    found.programs.some(({ cardTypeId }) => cardTypeId !== null) &&
    (await meetCustomer(deps, caller, key.value, found, began))
  )
    found = await findAccounts(deps.pool, caller, key);
  const usable = found.accounts.filter(({ state }) => state !== 'inactive');
  const [first] = usable;
  if (!first) {
    if (found.accounts.length > 0) throw new Problem('customer_inactive');
    throw nobodyFound({ ...found, programHere: found.programs.length > 0 });
  }
  const documents = await Promise.all(
    usable.map(async (account) => accountDocument(account, await viewOtherBook(deps, caller, account))),
  );
  return { account: documents[0], ...(documents.length > 1 ? { accounts: documents } : {}) };
}

/** The customer named by id, where the card is valid here. @throws Problem */
export async function accountById(deps: ApiDeps, caller: PosCaller, accountId: string): Promise<TillAccount> {
  const found = await findAccounts(deps.pool, caller, { by: 'accountId', value: accountId });
  const [account] = found.accounts;
  if (!account) throw nobodyFound({ ...found, programHere: found.programs.length > 0 });
  if (account.state === 'inactive') throw new Problem('customer_inactive');
  return account;
}
