/** How accounts, transfers and lots are answered. */
import { z } from 'zod';
import { amountText, ownId } from '../http/schemas.ts';
import { localDate, pageOf, wireIdSchema, wireTime } from './wire.ts';

const ledgerSchema = z.object({
  active: amountText,
  held: amountText,
  pending: amountText,
  debt: amountText,
  available: amountText,
});

/** An account in both books. */
export const accountSchema = z
  .object({
    id: ownId('acc'),
    clientId: wireIdSchema.nullable(),
    clients: z.array(z.object({ locationId: wireIdSchema, clientId: wireIdSchema })),
    chainId: wireIdSchema,
    programId: ownId('prg'),
    phone: z.string().nullable(),
    displayName: z.string().nullable(),
    cardNumber: z.string().nullable(),
    status: z.enum(['active', 'inactive', 'frozen']),
    provider: z.enum(['altegio', 'own']).meta({ description: '`own`: the ledger is the only book' }),
    state: z.enum(['matched', 'syncing', 'needs_operator']),
    ledger: ledgerSchema,
    level: z
      .object({
        name: z.string(),
        percent: z.string(),
        since: wireTime.nullable().meta({ description: 'The night that set it; null until one has' }),
      })
      .meta({ description: 'Reached by money spent', example: { name: 'Silver', percent: '5', since: null } }),
    target: amountText.meta({ description: 'What Altegio should hold' }),
    altegio: z
      .object({ cardId: wireIdSchema, number: z.string(), balance: amountText, seenAt: wireTime })
      .nullable()
      .meta({ description: 'What Altegio held when it was last proven' }),
    drift: amountText.meta({ description: 'What Altegio holds beyond the target; "0.00" when both books agree' }),
    workflowIds: z.array(z.string()).meta({ description: 'Workflows under way' }),
    breaks: z.array(
      z.object({
        id: z.string(),
        kind: z.string(),
        amount: amountText.nullable(),
        since: wireTime,
        readings: z.unknown().optional(),
      }),
    ),
  })
  .meta({ id: 'AccountInBothBooks' });

/** An account at an instant, from the transfers alone. */
export const accountAtSchema = z
  .object({
    id: ownId('acc'),
    at: wireTime.meta({ description: 'What had happened by then' }),
    knownAt: wireTime.meta({ description: 'As far as we knew by then' }),
    ledger: ledgerSchema,
    target: amountText.meta({ description: 'What Altegio should have held' }),
  })
  .meta({ id: 'AccountAtInstant' });

/** A transfer seen from the customer. */
export const transferSchema = z
  .object({
    id: z.string(),
    code: z.string(),
    amount: amountText.meta({ description: 'Signed: what the customer gained or lost' }),
    part: z.enum(['active', 'pending', 'debt']).meta({ description: 'Which of the balances it moved' }),
    balance: amountText.meta({ description: 'The active balance after it' }),
    lotId: z.string().nullable(),
    causes: z.array(z.string()).meta({ description: 'Why Altegio’s balance had moved, as far as its journal says' }),
    altegioLines: z.array(
      z.object({ id: wireIdSchema, type: z.int(), typeName: z.string(), cause: z.string(), amount: amountText }),
    ),
    reading: z
      .object({
        driftId: z.string(),
        expected: amountText.meta({ description: 'What Altegio should have held' }),
        balance: amountText.meta({ description: 'What it held' }),
        foundAt: wireTime,
        notBefore: wireTime.nullable().meta({ description: 'The last moment that proves it was not there yet' }),
        way: z.string().meta({ description: 'What made us look' }),
      })
      .nullable()
      .meta({ description: 'For a movement of Altegio’s: the reading that found it' }),
    operation: z.string(),
    workflowId: z.string(),
    temporalUrl: z.string().nullable(),
    actor: z.string(),
    reason: z.string().nullable(),
    why: z.string().meta({ description: 'Why it is that many points, with its numbers and the program’s version' }),
    happenedAt: wireTime,
    learnedAt: wireTime,
  })
  .meta({ id: 'Transfer' });

/** A lot of the expiry table. */
export const lotSchema = z
  .object({
    id: z.string(),
    code: z.string(),
    state: z.enum(['pending', 'active']),
    amount: amountText,
    remaining: amountText.meta({ description: 'What would expire' }),
    held: amountText,
    activatesAt: wireTime.nullable(),
    expiresAt: wireTime.nullable().meta({ description: 'null: never' }),
    createdAt: wireTime,
    operation: z.string(),
  })
  .meta({ id: 'Lot' });

/** Points that will end, as a night noted them. */
export const warningSchema = z.object({
  endsOn: localDate.meta({ description: 'The local day in whose night they end' }),
  daysBefore: z.int().meta({ description: 'Which of the program’s `lots.warnDays` it is' }),
  amount: amountText.meta({ description: 'What the forecast named for that day when it was noted' }),
  notedAt: wireTime,
});

/** Lots, and what will be cancelled and when. */
export const lotsSchema = pageOf(lotSchema).extend({
  forecast: z
    .array(z.object({ at: wireTime, amount: amountText }))
    .meta({ description: 'What will be cancelled on which date, earliest first, if nothing else happens' }),
  warnings: z.array(warningSchema).meta({ description: 'What nights have warned of and is still to come' }),
});
