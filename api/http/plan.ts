/** The plan of a change in answers: of a till's quote and of every dry run. */
import { z } from 'zod';
import { amountText } from './schemas.ts';

/** The customer's balances. */
export const balance = z
  .object({ active: amountText, held: amountText, pending: amountText, debt: amountText, available: amountText })
  .meta({ id: 'Balance' });

/** A plan of a change that has not been made. */
export const planAnswer = z
  .object({
    transfers: z.array(z.object({ code: z.string(), part: z.enum(['active', 'pending', 'debt']), amount: amountText })),
    tenders: z.array(z.object({ type: z.string(), amount: amountText })),
    messages: z.array(z.object({ channel: z.string(), text: z.string() })),
    altegio: z.array(z.object({ call: z.enum(['read', 'issueCard', 'write']), amount: amountText.optional() })),
    balance: z.object({ before: balance, after: balance }),
  })
  .meta({ id: 'Plan' });
