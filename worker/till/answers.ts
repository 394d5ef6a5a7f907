/** What a till reads of an answer, and what it makes of it. */
import { z } from 'zod';
import type { Reply } from '../trial/doors.ts';

/** A payment as any answer shows it. Amounts are decimal texts. */
export const paymentAnswer = z.object({
  id: z.string(),
  state: z.string(),
  total: z.string(),
  redeemed: z.string(),
  due: z.string(),
  accrued: z.string(),
});
export type PaymentAnswer = z.infer<typeof paymentAnswer>;

/** A refund. */
export const refundAnswer = z.object({
  refund: z.string(),
  moneyToReturn: z.string(),
  pointsReturned: z.string(),
  accrualClawedBack: z.string(),
});

const problemAnswer = z.object({ code: z.string(), retryable: z.boolean().optional(), posAction: z.string() });

/** A batch; what was refused has a problem. */
export const batchAnswer = z.object({
  results: z.array(
    z.object({
      receipt: z.string().nullable(),
      status: z.int(),
      payment: paymentAnswer.optional(),
      problem: z.object({ code: z.string() }).optional(),
    }),
  ),
});

/** The sums of a terminal's sales. */
export const dayAnswer = z.object({
  sums: z.object({ count: z.int(), total: z.string(), redeemed: z.string(), accrued: z.string() }),
});

/** What a till does about an answer, by the rules that a till is given. */
export type Meaning =
  /** Done: this is what has happened. */
  | 'done'
  /** Refused for good: nothing has happened. */
  | 'refused'
  /** Taken in, and not decided yet. */
  | 'pending'
  /** The same again, under the same key. */
  | 'again'
  /** The same again, which is a new attempt and needs a new key. */
  | 'newAttempt';

/** Reads an answer; null stands for a connection that broke. */
export function meaningOf(reply: Reply | null): Meaning {
  if (reply === null || reply.status >= 500 || reply.status === 429) return 'again';
  if (reply.status === 202) return 'pending';
  if (reply.status < 300) return 'done';
  const problem = problemAnswer.safeParse(reply.body).data;
  if (problem?.retryable === true) return 'again';
  return problem?.code === 'timed_out' ? 'newAttempt' : 'refused';
}

/** Whether a final answer says that it is done. */
export function isDone(final: Reply | null): boolean {
  return final !== null && final.status < 300;
}

/** Whether a refused sale may still be paid without points. */
export function goesWithoutPoints({ body }: Reply): boolean {
  const action = problemAnswer.safeParse(body).data?.posAction;
  return action === 'ask_less_points' || action === 'pay_without_points';
}
