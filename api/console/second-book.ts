/** A customer's phone and the card in Altegio, which keeps cards by phone. */
import type { Customer } from '../../activities/ledger/customers/view.ts';
import { routeOf } from '../../activities/ledger/reconciliation-view.ts';
import type { ApiDeps } from '../http/deps.ts';
import { Problem } from '../http/problem.ts';
import { temporalWithin } from '../http/temporal-wait.ts';
import { brief } from '../webhooks/brief.ts';

import { altegioProblem, OPERATOR_CALL } from './altegio-problems.ts';

/** Nobody waits longer for Temporal to take a start. */
const START_TIMEOUT_MS = 4_000;

/**
 * Lets a customer who has a phone meet Altegio: the card there is adopted, or one is issued, and both books become equal.
 * @throws Problem when it could not be started; the customer stays as stored, and the same call again starts it
 */
export async function startSecondBook(deps: ApiDeps, accountId: string): Promise<void> {
  const place = await routeOf(deps.pool, accountId);
  if (!place) throw new Problem('account_not_found');
  const ids = { accountId, chainId: `${place.chainId}`, locationId: `${place.locationId}` };
  try {
    await temporalWithin(START_TIMEOUT_MS, deps.starter.reconciliation({ ...ids, because: 'operator' }));
  } catch (error) {
    deps.logger.warn({ ...brief(error), accountId }, 'a reconciliation could not be started');
    const detail = 'The customer is stored, but Temporal does not answer; the same call again takes the card over.';
    throw new Problem('unavailable', { detail });
  }
}

/**
 * The phone is how a card is found in Altegio: it changes there first. A phone that does not show the customer's card
 * would make the card look lost.
 * @throws Problem when Altegio does not show the card under the new phone, or cannot be asked
 */
export async function refuseForeignPhone(deps: ApiDeps, customer: Customer, phone: string): Promise<void> {
  const { altegioCard, chainId } = customer;
  if (!altegioCard) return;
  const place = await routeOf(deps.pool, customer.id);
  if (!place) throw new Problem('account_not_found');
  const { locationId } = place;
  const options = { ...OPERATOR_CALL, locationId, timeoutMs: deps.config.altegioTimeoutMs };
  const cards = await deps.altegio.cardsByPhone({ phone, chainId, locationId }, options).catch((error: unknown) => {
    throw altegioProblem(error, `location ${locationId}`, deps.config.serviceEmail);
  });
  if (cards.some(({ id }) => id === altegioCard.cardId)) return;
  throw new Problem('conflict', {
    detail: 'Altegio does not show this customer’s card under the new phone: change the client’s phone there first.',
    errors: [{ path: 'phone', message: 'does not show the customer’s card in Altegio' }],
  });
}
