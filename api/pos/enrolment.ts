/** `POST /v1/accounts`: a customer joins at the till. Nothing depends on Altegio; its card follows by a workflow. */
import type { Request, Response } from 'express';
import { completeDetails, enrol } from '../../activities/ledger/customers/enrol.ts';
import type { PosCaller } from '../../activities/ledger/keys.ts';
import { findAccounts, type TillAccount } from '../../activities/ledger/till-accounts.ts';
import type { ApiDeps } from '../http/deps.ts';
import { Problem } from '../http/problem.ts';
import { temporalWithin } from '../http/temporal-wait.ts';
import { parse } from '../http/validate.ts';
import { phoneAt } from './auth.ts';
import { enrolmentBody } from './bodies.ts';
import { passPointOfNoReturn } from './deadline.ts';
import { accountDocument } from './documents.ts';
import { untilLinked } from './first-contact.ts';
import { nobodyFound } from './lookups.ts';
import { viewOtherBook } from './other-book.ts';

/** So long the till waits for a card that Altegio may have, so that its balance stands in the answer (milliseconds). */
const LINK_MS = 2_000;
/** So long for Temporal to take the start (milliseconds); without it the first points begin the same workflow. */
const START_MS = 1_000;

async function meet(deps: ApiDeps, caller: PosCaller, accountId: string): Promise<void> {
  const until = performance.now() + LINK_MS;
  const ids = { accountId, chainId: `${caller.chainId}`, locationId: `${caller.locationId}` };
  try {
    await temporalWithin(START_MS, deps.starter.cardIssue({ ...ids, mayIssue: true }));
  } catch (error) {
    deps.logger.warn({ err: error, accountId }, 'the card of a new customer could not be looked for');
    return;
  }
  await untilLinked(deps, [accountId], until);
}

async function accountOf(deps: ApiDeps, caller: PosCaller, phone: string) {
  const found = await findAccounts(deps.pool, caller, { by: 'phone', value: phone });
  const account = found.accounts.find(({ state }) => state !== 'inactive') ?? found.accounts[0] ?? null;
  if (account?.state === 'inactive') throw new Problem('customer_inactive');
  return { account, programs: found.programs, found };
}

const document = async (deps: ApiDeps, caller: PosCaller, account: TillAccount): Promise<object> => ({
  account: accountDocument(account, await viewOtherBook(deps, caller, account)),
});

/** Enrols, 201, or answers who has the phone already, 200. What a till hears of a known customer only fills gaps. */
export async function enrolCustomer(deps: ApiDeps, caller: PosCaller, req: Request, res: Response): Promise<object> {
  const { phone: text, name, consent, birthDate, referredBy } = parse(enrolmentBody, req.body);
  const phone = phoneAt(caller, text);
  const actor = `till:${caller.keyId}`;
  const { account: known, programs, found } = await accountOf(deps, caller, phone);
  const [program] = programs;
  if (!program) throw nobodyFound({ ...found, programHere: false });
  passPointOfNoReturn(res);
  if (known) {
    await completeDetails(deps.pool, known.id, { name, consent, known: known.displayName !== null }, actor);
  } else {
    const { chainId } = caller;
    const person = { phone, name, consent, birthDate, referredBy };
    const { id, made } = await enrol(deps.pool, { chainId, programId: program.id }, person, actor);
    if (made) res.status(201);
    if (program.cardTypeId !== null) await meet(deps, caller, id);
  }
  const { account } = await accountOf(deps, caller, phone);
  if (!account) throw new Error('an account vanished between two statements');
  return await document(deps, caller, account);
}
