/** The small schemas every door is made of. Each reads the wire form and gives the inner one. */
import { z } from 'zod';
import { type Minor, parseAmount } from '../../domain/money.ts';
import { POS_ACTIONS, PROBLEM_CODES } from './problem-table.ts';

const AMOUNT_ERROR = 'must be a decimal number with at most two decimals, such as "30.00"';

/** Reads an amount that meets `accept`; the wire form is a decimal text or a JSON number with at most two decimals. */
function amountWhere(
  accept: (amount: Minor) => boolean,
  otherwise: string,
  wire: { pattern: string; example: string },
) {
  return z
    .union([z.string(), z.number()], { error: AMOUNT_ERROR })
    .transform((value, context): Minor => {
      try {
        const read = parseAmount(value);
        if (accept(read)) return read;
        context.addIssue({ code: 'custom', message: otherwise });
      } catch {
        context.addIssue({ code: 'custom', message: AMOUNT_ERROR });
      }
      return z.NEVER;
    })
    .meta({
      type: ['string', 'number'],
      description: 'Decimal text, or a JSON number, with at most two decimals',
      ...wire,
    });
}

const UNSIGNED = '^\\d{1,13}(\\.\\d{1,2})?$';

/** An amount above zero. */
export const positiveAmount = amountWhere((amount) => amount > 0n, 'must be more than 0', {
  pattern: UNSIGNED,
  example: '100.00',
});

/** An amount of zero or more. */
export const nonNegativeAmount = amountWhere((amount) => amount >= 0n, 'must not be negative', {
  pattern: UNSIGNED,
  example: '0.00',
});

/** An amount other than zero, of either sign. */
export const signedAmount = amountWhere((amount) => amount !== 0n, 'must not be 0', {
  pattern: `^-?${UNSIGNED.slice(1)}`,
  example: '-10.00',
});

/** An amount in an answer: always text with two decimals. */
export const amountText = z
  .string()
  .regex(/^-?\d+\.\d{2}$/)
  .meta({ description: 'Decimal text with two decimals', example: '70.00' });

/** The same, told apart: what it is an amount of, with an example of its own. */
export const amount = (description: string, example: string) => amountText.meta({ description, example });

/** A receipt's number, unique in its location for ever. */
export const receipt = z
  .string()
  .regex(/^[A-Za-z0-9._/-]{1,64}$/, 'must be 1 to 64 characters of A-Z a-z 0-9 . _ / -')
  .meta({ description: 'The till’s own number of the sale, unique in its location for ever', example: 'R-1' });

/** A phone as a person writes it; {@link phoneIn} makes it E.164. Always text. */
export const phone = z
  .string({ error: 'must be text such as "+77011234567"' })
  .trim()
  .regex(/^[+\d][\d\s().-]{4,31}$/, 'must be a phone number such as "+77011234567"')
  .meta({
    description: 'Phone; without a leading + it is read in the country of the location',
    example: '+77011234567',
  });

/** A card's number. Always text: it has more digits than a JSON number keeps (V-44). */
export const cardNumber = z
  .string({ error: 'must be text: a card number has more digits than a JSON number keeps' })
  .trim()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters and digits')
  .meta({ description: 'Card number, always text', example: '4000123412341234' });

/** An id of Altegio's: an integer of any length, as a JSON integer or as text of digits (V-44). */
export const altegioId = z
  .union([z.string(), z.number(), z.bigint()], { error: 'must be a whole number above 0' })
  .transform((value, context): bigint => {
    if (/^[1-9]\d{0,18}$/.test(String(value))) return BigInt(value);
    context.addIssue({ code: 'custom', message: 'must be a whole number above 0' });
    return z.NEVER;
  })
  .meta({ type: ['integer', 'string'], description: 'An id of Altegio’s', example: 101 });

/** A moment: RFC 3339 with offset. */
export const timestamp = z.iso
  .datetime({ offset: true, error: 'must be RFC 3339 with offset, such as "2026-11-21T12:00:00+05:00"' })
  .transform((text) => new Date(text))
  .refine(
    (at) => at.getUTCFullYear() >= 2000 && at.getUTCFullYear() < 2100,
    'must be of this century: what is stored has to be a date of ours',
  )
  .meta({ type: 'string', format: 'date-time', example: '2026-11-21T12:00:00+05:00' });

/** A person's birthday. */
export const birthDate = z.iso
  .date('must be a day such as "1990-05-10"')
  .refine((text) => text > '1900-01-01' && text < '2100', 'must be of the last or this century')
  .meta({ format: 'date', description: 'Birthday, for the birthday gift', example: '1990-05-10' });

/** A short text of a caller's, such as a terminal's name. */
export const shortText = z.string().trim().min(1).max(128);

/** Ids of ours: a prefix and 26 characters. */
export const ownId = (
  prefix: 'acc' | 'pay' | 'prg' | 'key' | 'brk' | 'adj' | 'act' | 'rev' | 'stp' | 'typ' | 'bat' | 'dep',
  example = `${prefix}_01kajd6x0q8m4v2rtn5c7w9yzb`,
) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9a-z]{26}$`), `must be an id such as "${example}"`)
    .meta({ example });

/** In the OpenAPI document: a body sends exactly one of these fields. */
export const oneOf = (fields: readonly string[]) => ({ oneOf: fields.map((field) => ({ required: [field] })) });

/** The problem document in the OpenAPI document. */
export const problemDocument = z
  .object({
    type: z.string().meta({ example: 'urn:problem:invalid_request' }),
    title: z.string(),
    status: z.int().meta({ example: 400 }),
    detail: z.string().optional().meta({ description: 'One sentence about this very occurrence, for a log' }),
    code: z.enum(PROBLEM_CODES).meta({ description: 'Program against this', example: 'invalid_request' }),
    retryable: z.boolean().meta({ description: 'The very same request may succeed later' }),
    posAction: z.enum(POS_ACTIONS).meta({ description: 'What the till does' }),
    cashierMessage: z
      .string()
      .meta({ description: 'One sentence for the cashier, in the language of Accept-Language (en, ru)' }),
    requestId: z.string().meta({ description: 'The id to quote; also in the header X-Request-Id' }),
    errors: z
      .array(z.object({ path: z.string().meta({ example: 'total' }), message: z.string() }))
      .optional()
      .meta({ description: 'The fields that are wrong or in conflict' }),
    requested: amountText.optional().meta({ description: 'What was asked for, where a limit was met' }),
    allowed: amountText.optional().meta({ description: 'What is possible instead' }),
    paymentId: z.string().optional().meta({ description: 'The payment it is about' }),
    accounts: z
      .array(z.object({ id: z.string(), displayName: z.string().optional(), type: z.string().optional() }))
      .optional()
      .meta({ description: 'Which accounts there are to choose from; the name is masked' }),
    workflowId: z.string().optional().meta({ description: 'The workflow that tells how it ended' }),
    customers: z.int().optional().meta({ description: 'How many customers are of the type' }),
    locationIds: z
      .array(z.union([z.int(), z.string()]))
      .optional()
      .meta({ description: 'Which other locations it would concern' }),
  })
  .meta({ id: 'Problem' });
