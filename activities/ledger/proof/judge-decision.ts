/** What a workflow decided against what the ledger holds: of a payment, and of its refunds. */
import { formatAmount, parseAmount } from '../../../domain/money.ts';
import type { ChainedTransfer } from './canonical.ts';
import type { Evidence } from './evidence.ts';
import type { HistoryFacts } from './history-facts.ts';
import type { Say } from './say.ts';

/** States of a payment that has taken nothing. */
export const FREE = new Set(['DECLINED', 'VOIDED', 'EXPIRED', 'ABANDONED']);

/** What transfers of this code move, minor units. */
export const sumOf = (rows: readonly ChainedTransfer[], code: string): bigint =>
  rows.filter((row) => row.code === code).reduce((sum, row) => sum + BigInt(row.amount ?? '0'), 0n);

interface Decided {
  readonly outcome?: string;
  readonly redeemed?: string;
  readonly accrued?: string;
  readonly points?: string;
  readonly clawedBack?: string;
}

/** Which states a payment may have after a decision; a captured one may have been refunded since. */
const STATES: Readonly<Record<string, readonly string[]>> = {
  authorized: ['AUTHORIZED'],
  captured: ['CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED'],
  voided: ['VOIDED'],
  expired: ['EXPIRED'],
  declined: ['DECLINED'],
  // Voided by the till before anything was decided.
  abandoned: ['ABANDONED', 'VOIDED'],
};

/** Final answers of a step; `authorized` is one of the first decision only. */
function decisions(facts: HistoryFacts, step: string, passing: string): Decided[] {
  return facts.steps
    .filter((done) => done.step === step)
    .map(({ result }) => (result ?? {}) as Decided)
    .filter(({ outcome }) => outcome !== undefined && outcome !== passing);
}

/** The ledger holds what the workflow decided, and it decided once; a payment in two steps once more at its end. */
export function judgeDecision(
  { payment }: Evidence,
  facts: HistoryFacts,
  own: readonly ChainedTransfer[],
  say: Say,
): void {
  if (!payment) return;
  const asked = (facts.input ?? {}) as { paymentId?: string };
  if (asked.paymentId !== payment.id)
    say.wrong('workflow', `the workflow was started for payment ${asked.paymentId}, not for this one`);
  const first = decisions(facts, 'commitPayment', 'readAgain');
  const last = decisions(facts, 'settleHold', 'authorized');
  if (first.length > 1 || last.length > 1)
    say.wrong('workflow', `the workflow has decided ${Math.max(first.length, last.length)} times`);
  const decision = last[0] ?? first[0];
  if (!decision?.outcome) {
    const notBegun = facts.closedAs === null || payment.state === 'ABANDONED';
    if (!notBegun) say.wrong('workflow', 'the workflow has closed without a decision');
    return;
  }
  if (!STATES[decision.outcome]?.includes(payment.state))
    say.wrong('workflow', `the workflow has decided ${decision.outcome}, and the payment is ${payment.state}`);
  same(own, 'redemption', decision.redeemed, say);
  same(own, 'accrual', decision.accrued, say);
}

function same(own: readonly ChainedTransfer[], code: string, text: string | undefined, say: Say): void {
  const decided = text === undefined ? 0n : parseAmount(text);
  const made = sumOf(own, code);
  if (decided !== made)
    say.wrong(
      'transfer',
      `the workflow has decided ${code} ${formatAmount(decided)}, and the transfers make ${formatAmount(made)}`,
    );
}

/** Each refund made the transfers it says, and one that was not done made none. */
export function judgeRefunds({ refunds, transfers, operation }: Evidence, facts: HistoryFacts | null, say: Say): void {
  for (const { ref, workflow_id: workflowId, state, points, clawed_back: clawedBack } of refunds) {
    const made = transfers.filter((row) => row.operation === workflowId);
    if (state === 'PENDING') say.waiting('request', `refund ${ref} is not decided yet`);
    if (state === 'UNDONE') say.note('transfer', `refund ${ref} was taken back by an operator`);
    else
      for (const [code, said] of [
        ['refund', points ?? 0n],
        ['clawback', clawedBack ?? 0n],
      ] as const)
        if (sumOf(made, code) !== said)
          say.wrong(
            'transfer',
            `refund ${ref} says ${code} ${formatAmount(said)}, and its transfers make ${formatAmount(sumOf(made, code))}`,
          );
    if (!facts || operation?.id !== workflowId || state === 'UNDONE') continue;
    const [decision] = decisions(facts, 'commitRefund', '');
    same(made, 'refund', decision?.points, say);
    same(made, 'clawback', decision?.clawedBack, say);
  }
}
