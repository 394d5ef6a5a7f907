/** `POST /v1/lookups`: what a customer has, answered from the ledger. */
import type { PosCaller } from '../../activities/ledger/keys.ts';
import {
  type CustomerKey,
  findAccounts,
  type FoundAccounts,
  type TillAccount,
} from '../../activities/ledger/till-accounts.ts';
import type { ApiDeps } from '../http/deps.ts';
import { Problem } from '../http/problem.ts';
import { cardNumber } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { phoneAt } from './auth.ts';
import { lookupBody } from './bodies.ts';
import { accountDocument } from './documents.ts';
import { meetCustomer } from './first-contact.ts';
import { viewOtherBook } from './other-book.ts';
import { codeFromScan } from './scan.ts';

/** Which customer a lookup asks for. */
function keyOf(caller: PosCaller, body: unknown): CustomerKey {
  const { phone, cardNumber: number, scan } = parse(lookupBody, body);
  if (phone !== undefined) return { by: 'phone', value: phoneAt(caller, phone) };
  if (number !== undefined) return { by: 'cardNumber', value: number };
  const code = cardNumber.safeParse(codeFromScan(scan ?? ''));
  if (code.success) return { by: 'cardNumber', value: code.data };
  throw new Problem('invalid_request', { errors: [{ path: 'scan', message: 'holds no card number' }] });
}

/** The problem of a search that found nobody here. */
export function nobodyFound(
  found: Pick<FoundAccounts, 'chainHasPrograms' | 'elsewhere' | 'replaced'> & { programHere: boolean },
): Problem {
  if (!found.programHere)
    return found.chainHasPrograms
      ? new Problem('card_not_active_here', { detail: 'The bonus program is not valid in this location.' })
      : new Problem('program_not_linked', { detail: 'Link a card type to a program first: POST /api/programs.' });
  if (found.replaced) return new Problem('card_replaced');
  return new Problem(found.elsewhere ? 'card_not_active_here' : 'account_not_found');
}

/** Lookup: the customer, met in Altegio when new. */
export async function lookUp(deps: ApiDeps, caller: PosCaller, body: unknown): Promise<object> {
  const began = performance.now();
  const key = keyOf(caller, body);
  const place = { chainId: caller.chainId, locationId: caller.locationId };
  let found = await findAccounts(deps.pool, place, key);
  const strange = found.accounts.length === 0 || found.accounts.some(({ altegio }) => altegio === null);
  if (
    key.by === 'phone' &&
    strange &&
    found.programs.length > 0 &&
    (await meetCustomer(deps, place, key.value, found, began))
  )
    found = await findAccounts(deps.pool, place, key);
  const usable = found.accounts.filter(({ state }) => state !== 'inactive');
  const [first] = usable;
  if (!first) {
    if (found.accounts.length > 0) throw new Problem('customer_inactive');
    throw nobodyFound({ ...found, programHere: found.programs.length > 0 });
  }
  const documents = await Promise.all(
    usable.map(async (account) => accountDocument(account, await viewOtherBook(deps, place, account))),
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
