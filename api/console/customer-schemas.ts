/** What the customer calls take and answer. */
import { z } from 'zod';
import type { Customer } from '../../activities/ledger/customers/view.ts';
import { available } from '../../domain/account.ts';
import { LONGEST_NUMBER, SHORTEST_NUMBER } from '../../domain/card-number.ts';
import { formatAmount } from '../../domain/money.ts';
import { altegioId, amountText, birthDate, cardNumber, ownId, phone } from '../http/schemas.ts';
import { pageQuery, personText, wireId, wireIdSchema, wireTime } from './wire.ts';

const CODE = new RegExp(`^[0-9A-Za-z]{${SHORTEST_NUMBER},${LONGEST_NUMBER}}$`);

/** A card's code to be issued. Text: case and leading zeros stay. */
const cardCode = z
  .string({ error: 'must be text: a number would lose its leading zeros' })
  .regex(CODE, `must be ${SHORTEST_NUMBER} to ${LONGEST_NUMBER} letters and digits`)
  .meta({ description: 'The card’s unique code', example: '00AB12CD34' });

const email = z
  .email('must be an e-mail address')
  .max(254)
  .meta({ description: 'E-mail address', example: 'aigerim@example.com' });
const status = z.enum(['active', 'inactive']);
const referredBy = ownId('acc').meta({ description: 'The account of who brought this customer; the first one stays' });

/** `POST /api/customers`. */
export const newCustomer = z
  .strictObject({
    programId: ownId('prg'),
    phone: phone.optional(),
    cardCode: cardCode.optional().meta({ description: 'Drawn from the program’s range when there is none' }),
    name: personText(128).optional(),
    email: email.optional(),
    typeId: ownId('typ').optional(),
    status: status.optional(),
    consent: z.boolean().optional(),
    birthDate: birthDate.optional(),
    referredBy: referredBy.optional(),
  })
  .meta({ id: 'NewCustomer' });

/** `PATCH /api/customers/{id}`. */
export const customerChange = z
  .strictObject({
    name: personText(128).nullable().optional(),
    phone: phone.optional(),
    email: email.nullable().optional(),
    cardCode: cardCode.optional(),
    typeId: ownId('typ').optional(),
    status: status.optional(),
    consent: z.boolean().optional(),
    birthDate: birthDate.nullable().optional(),
    referredBy: referredBy.optional(),
  })
  .meta({ id: 'CustomerChange' });

/** `GET /api/customers`. */
export const customersQuery = z.strictObject({
  chainId: altegioId.optional(),
  programId: ownId('prg').optional(),
  typeId: ownId('typ').optional(),
  batchId: ownId('bat').optional(),
  status: z.enum(['active', 'inactive', 'frozen']).optional(),
  phone: phone.optional(),
  cardCode: cardNumber.optional(),
  last4: z
    .string()
    .regex(/^[0-9A-Za-z]{4}$/, 'must be 4 letters or digits')
    .optional()
    .meta({ description: 'The last four characters of a card code or phone', example: '4821' }),
  q: personText(128)
    .optional()
    .meta({ description: 'Part of the name or phone, beginning or last four characters of the card code' }),
  ...pageQuery,
});

/** A customer. */
export const customerSchema = z
  .object({
    id: ownId('acc').meta({ description: 'The account’s id: one account is one customer' }),
    chainId: wireIdSchema,
    programId: ownId('prg'),
    type: z.object({ id: ownId('typ'), name: z.string() }),
    status: z.enum(['active', 'inactive', 'frozen']),
    phone: z.string().nullable(),
    name: z.string().nullable(),
    email: z.string().nullable(),
    consentAt: wireTime.nullable(),
    birthDate: z.string().nullable().meta({ format: 'date', example: '1990-05-10' }),
    referredBy: ownId('acc').nullable(),
    cardCode: z.string().nullable(),
    altegioCard: z.object({ cardId: wireIdSchema, number: z.string() }).nullable(),
    secondBook: z.enum(['altegio', 'none']).meta({
      description: '`none`: Altegio keeps cards by phone, and this customer has none; the ledger is the only book',
    }),
    batchId: ownId('bat').nullable(),
    balance: z.object({
      active: amountText,
      held: amountText,
      pending: amountText,
      debt: amountText,
      available: amountText,
    }),
    createdAt: wireTime,
  })
  .meta({ id: 'Customer' });

/** One change of a customer's details. */
export const changeSchema = z
  .object({
    at: wireTime,
    actor: z.string().meta({ description: '`operator`, or `till:` and the id of its key' }),
    field: z.enum(['name', 'phone', 'email', 'consent', 'cardCode', 'type', 'status', 'birthDate', 'referredBy']),
    before: z.string().nullable(),
    after: z.string().nullable(),
  })
  .meta({ id: 'CustomerDetailChange' });

/** A customer as answered. */
export function customerToWire(customer: Customer): z.infer<typeof customerSchema> {
  const { balances, altegioCard } = customer;
  return {
    id: customer.id,
    chainId: wireId(customer.chainId),
    programId: customer.programId,
    type: customer.type,
    status: customer.status,
    phone: customer.phone,
    name: customer.name,
    email: customer.email,
    consentAt: customer.consentAt?.toISOString() ?? null,
    birthDate: customer.birthDate,
    referredBy: customer.referredBy,
    cardCode: customer.cardCode,
    altegioCard: altegioCard && { cardId: wireId(altegioCard.cardId), number: altegioCard.number },
    secondBook: customer.secondBook ? 'altegio' : 'none',
    batchId: customer.batchId,
    balance: {
      active: formatAmount(balances.active),
      held: formatAmount(balances.held),
      pending: formatAmount(balances.pending),
      debt: formatAmount(balances.debt),
      available: formatAmount(available(balances)),
    },
    createdAt: customer.createdAt.toISOString(),
  };
}
