/** First contact: adopting the altegio card a customer has, or issuing one, exactly one. */
import { type AltegioCard, AltegioRefused, type Lane } from './client/index.ts';
import { cardCode } from '../ledger/customers/code.ts';
import { linkCard, parkOperation, refuseIssue, takeIssueTurn } from '../ledger/card-link.ts';
import type { OperationRef } from '../ledger/posting.ts';
import type { AltegioDeps } from './deps.ts';
import { fetchJournal } from './journal-fetch.ts';
import { needsOperator, tryAgain } from './failures.ts';

/** Whose first contact, where, and how urgent. */
export interface FirstContactOptions {
  readonly accountId: string;
  readonly locationId: bigint;
  readonly operation: OperationRef;
  readonly lane: Lane;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

interface Person {
  chain_id: bigint;
  /** Of one who is settled it may be null, and is not asked for. */
  phone: string;
  name: string | null;
  enrolled: boolean;
  card_type_id: bigint;
  /** Nothing to look for: linked already, or without a second book. */
  settled: boolean;
}

const PERSON = `
  select account.chain_id, account.phone, account.display_name as name, account.enrolled, program.card_type_id,
         not second_book(account)
           or exists (select 1 from altegio_card where account_id = account.id and role = 'current') as settled
    from account join program on program.id = account.program_id where account.id = $1`;

/** Balance, lines, balance again until equal; so many times, then the next retry goes on. */
const OPENING_TRIES = 5;

async function person(deps: AltegioDeps, accountId: string): Promise<Person> {
  const { rows } = await deps.pool.query<Person>(PERSON, [accountId]);
  if (!rows[0]) throw new Error(`there is no account ${accountId}`);
  return rows[0];
}

function callOptions(options: FirstContactOptions) {
  const { lane, timeoutMs, signal, locationId } = options;
  return { lane, locationId, ...(timeoutMs !== undefined && { timeoutMs }), ...(signal && { signal }) };
}

async function findCard(
  deps: AltegioDeps,
  who: Person,
  options: FirstContactOptions,
): Promise<AltegioCard | undefined> {
  const where = { phone: who.phone, chainId: who.chain_id, locationId: options.locationId };
  const cards = await deps.altegio.cardsByPhone(where, callOptions(options));
  return cards.find(({ typeId }) => typeId === who.card_type_id);
}

/**
 * Adopts the card of the program's type, when the customer has one. Its balance becomes `opening`, and all lines up to
 * that balance belong to it: balance, lines, balance again until it stood still.
 * @returns the opening balance in minor units, `'linked'` when there was a link already, `'none'` without a card
 */
export async function adoptCard(deps: AltegioDeps, options: FirstContactOptions): Promise<bigint | 'linked' | 'none'> {
  const who = await person(deps, options.accountId);
  if (who.settled) return 'linked';
  let card = await findCard(deps, who, options);
  for (let attempt = 0; card && attempt < OPENING_TRIES; attempt += 1) {
    await fetchJournal(deps, who.chain_id, options.signal ? { signal: options.signal } : {});
    const again = await findCard(deps, who, options);
    if (again?.id === card.id && again.balance === card.balance) return await link(deps, options, again);
    card = again;
  }
  if (card) throw tryAgain('Contended', 'The card keeps moving while it is adopted; trying again.', 2_000);
  return 'none';
}

async function link(deps: AltegioDeps, options: FirstContactOptions, card: AltegioCard): Promise<bigint | 'linked'> {
  const { id: cardId, typeId, number, balance } = card;
  const linked = await linkCard(
    deps,
    options.accountId,
    { cardId, typeId, number, balance, locationId: options.locationId },
    options.operation,
  );
  if (linked === 'taken') throw new CardTaken(TAKEN);
  return linked === 'linked' ? linked : linked.opening;
}

const TAKEN = "This customer's altegio card is linked to another account; join the two accounts, then retry.";

/** The phone has moved to another customer with its card: one card never mirrors two accounts. */
export class CardTaken extends Error {
  override readonly name = 'CardTaken';
}

/** A card of another account needs a person: a break, and the operation waits. */
export async function parkTaken(deps: AltegioDeps, { accountId, operation }: FirstContactOptions) {
  await parkOperation(deps, accountId, operation, { kind: 'card_missing', sentence: TAKEN });
  return needsOperator(TAKEN);
}

/**
 * One number on both cards, where Altegio can have it: its numbers are digits, and it may have refused this one before.
 */
async function numberToIssue(deps: AltegioDeps, accountId: string): Promise<string> {
  const { code, refused, another } = await cardCode(deps, accountId);
  return refused || /\D/.test(code) ? another() : code;
}

/**
 * Issues a card of the program's type under a number of ours. A call whose answer is lost is followed by looking for
 * the card, never by another number.
 */
export async function issueCard(deps: AltegioDeps, options: FirstContactOptions): Promise<bigint | 'linked'> {
  const who = await person(deps, options.accountId);
  const of = { accountId: options.accountId, chainId: who.chain_id };
  const turn = await takeIssueTurn(deps, of, await numberToIssue(deps, options.accountId));
  if (turn.turn === 'wait')
    throw tryAgain('WriteInDoubt', 'A card is being issued to this customer; looking for it soon.', 1_500);
  if (who.enrolled) await registerClient(deps, who, options);
  const query = { locationId: options.locationId, typeId: who.card_type_id, phone: who.phone, number: turn.number };
  try {
    return await link(deps, options, await deps.altegio.issueCard(query, callOptions(options)));
  } catch (error) {
    if (!(error instanceof AltegioRefused)) throw error;
    return await afterRefusal(deps, who, options, error.message);
  }
}

/** A card needs a client. Whoever was enrolled becomes one; a phone that was only typed at a till does not. */
async function registerClient(deps: AltegioDeps, who: Person, options: FirstContactOptions): Promise<void> {
  const { locationId } = options;
  const { phone, chain_id: chainId } = who;
  if ((await deps.altegio.chainClients({ phone, chainId }, callOptions(options))).length > 0) return;
  try {
    await deps.altegio.createClient({ locationId, phone, name: who.name ?? phone }, callOptions(options));
  } catch (error) {
    // Somebody registered the phone at this moment, or the card will be refused as well and a person told why.
    if (!(error instanceof AltegioRefused)) throw error;
  }
}

/** A refusal may mean that an earlier call of ours was applied after all: then the card is there. */
async function afterRefusal(
  deps: AltegioDeps,
  who: Person,
  options: FirstContactOptions,
  message: string,
): Promise<bigint | 'linked'> {
  await refuseIssue(deps, options.accountId, message);
  const card = await findCard(deps, who, options);
  if (card) return await link(deps, options, card);
  const sentence = `Altegio refused to issue a card: ${message}`;
  await parkOperation(deps, options.accountId, options.operation, { kind: 'refused', sentence });
  throw needsOperator(sentence);
}
