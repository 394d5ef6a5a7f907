/** The plan of a change before it is made: what would be posted, paid, sent and written. Nothing of it has happened. */
import { type Balances, target } from './account.ts';
import { formatAmount, type Minor } from './money.ts';
import { balanceDocument } from './payment.ts';

/** A transfer as a plan shows it: signed as the customer sees it, minor units. */
export interface PlannedMove {
  readonly code: string;
  readonly part: 'active' | 'pending' | 'debt';
  readonly amount: Minor;
}

/** What a plan is made of. Amounts in minor units. */
export interface PlanFacts {
  readonly transfers: readonly PlannedMove[];
  readonly tenders?: readonly { readonly type: string; readonly amount: Minor }[];
  readonly before: Balances;
  readonly after: Balances;
  /** What Altegio is known to hold; null where the customer has no altegio card yet, and one is issued. */
  readonly altegio: Minor | null;
  /** Nothing is read or written where the change moves no points. */
  readonly reads: boolean;
}

/** The calls that bring Altegio to what the ledger would say: read, issue a card where there is none, write the net. */
function altegioCalls({ after, altegio, reads }: PlanFacts) {
  if (!reads) return [];
  const net = target(after) - (altegio ?? 0n);
  return [
    { call: 'read' },
    ...(altegio === null ? [{ call: 'issueCard' }] : []),
    ...(net === 0n ? [] : [{ call: 'write', amount: formatAmount(net) }]),
  ];
}

/** What Altegio holds now and would hold; null where it has no part in it. */
function altegioBooks({ after, altegio, reads }: PlanFacts) {
  if (!reads) return null;
  return { before: formatAmount(altegio ?? 0n), after: formatAmount(target(after)) };
}

/** The plan's document. No message is sent by any change yet, so `messages` is empty. */
export function planDocument(facts: PlanFacts) {
  return {
    transfers: facts.transfers.map(({ code, part, amount }) => ({ code, part, amount: formatAmount(amount) })),
    tenders: (facts.tenders ?? []).map(({ type, amount }) => ({ type, amount: formatAmount(amount) })),
    messages: [],
    altegio: altegioCalls(facts),
    balance: { before: balanceDocument(facts.before), after: balanceDocument(facts.after) },
    altegioBalance: altegioBooks(facts),
  };
}
