/** What the history of each kind of workflow must hold, and in which order. */
import { z } from 'zod';
import type { Expected } from './histories.ts';

const read = z.object({ kind: z.literal('balance'), altegio: z.string() });
const decided = z.object({
  outcome: z.literal('captured'),
  redeemed: z.string(),
  due: z.string(),
  accrued: z.string(),
});
const converged = z.object({ writes: z.array(z.object({ amount: z.string(), balanceAfter: z.string() })) });
const adopted = z.object({ drift: z.string() });
const established = z.object({ card: z.literal('linked') });

function expect<T>(what: string, name: string, schema: z.ZodType<T>, tell: (result: T) => string | null): Expected {
  return {
    what,
    tell(step) {
      const result = step.name === name ? schema.safeParse(step.result) : undefined;
      return result?.success ? tell(result.data) : null;
    },
  };
}

/** A payment: Altegio read, the ledger takes bonus first, Altegio's write is confirmed. */
export function paymentProof(sale: { redeemed: string; due: string; accrued: string; written: string }): Expected[] {
  return [
    expect('Altegio read', 'readAltegioForTill', read, ({ altegio }) => `Altegio read ${altegio}`),
    expect('ledger commit with bonus first', 'commitPayment', decided, ({ redeemed, due, accrued }) =>
      redeemed === sale.redeemed && due === sale.due && accrued === sale.accrued
        ? `ledger commit: bonus ${redeemed}, money ${due}, earned ${accrued}`
        : null,
    ),
    expect('Altegio write confirmed', 'converge', converged, ({ writes }) => {
      const write = writes.find(({ amount }) => amount === sale.written);
      return write ? `Altegio write ${write.amount} confirmed at ${write.balanceAfter}` : null;
    }),
  ];
}

/** An adopted change: Altegio read, the ledger takes it over. */
export function adoptionProof(amount: string): Expected[] {
  return [
    expect('Altegio read', 'readAltegio', read, ({ altegio }) => `Altegio read ${altegio}`),
    expect(`ledger commit of ${amount}`, 'adoptAltegioBalance', adopted, ({ drift }) =>
      drift === amount ? `ledger commit: external ${drift}` : null,
    ),
  ];
}

/** First contact: the card is linked with its balance. */
export const firstContactProof: readonly Expected[] = [
  expect('card linked', 'establishCard', established, () => 'card found in Altegio and linked with its balance'),
];
