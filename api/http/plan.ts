/** The plan of a change in answers: of a till's quote and of every dry run. */
import { z } from 'zod';
import { amount, amountText } from './schemas.ts';

/** The customer's balances. */
export const balance = z
  .object({
    active: amount('Points that can be used, reserved ones included', '73.50'),
    held: amount('Reserved by payments that are not captured', '0.00'),
    pending: amount('Earned and not usable yet', '0.00'),
    debt: amount('Owed: points that were spent and then taken back', '0.00'),
    available: amount('active − held, or nothing while there is a debt', '73.50'),
  })
  .meta({ id: 'Balance' });

/** A plan of a change that has not been made. */
export const planAnswer = z
  .object({
    transfers: z.array(z.object({ code: z.string(), part: z.enum(['active', 'pending', 'debt']), amount: amountText })),
    tenders: z.array(z.object({ type: z.string(), amount: amountText })),
    messages: z.array(z.object({ channel: z.string(), text: z.string() })),
    altegio: z.array(z.object({ call: z.enum(['read', 'issueCard', 'write']), amount: amountText.optional() })),
    balance: z.object({ before: balance, after: balance }),
    altegioBalance: z
      .object({ before: amountText, after: amountText })
      .nullable()
      .meta({ description: 'What Altegio was last seen to hold, and what it would; null where it has no part in it' }),
  })
  .meta({ id: 'Plan' });
