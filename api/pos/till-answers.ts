/** What a till asks about itself, as documented: its settings, its heartbeat. */
import { z } from 'zod';
import { amountText, ownId, shortText } from '../http/schemas.ts';

/** `POST /v1/heartbeats`. */
export const heartbeatBody = z.strictObject({ terminal: shortText }).meta({ id: 'Heartbeat' });

/** Its answer. */
export const heartbeatAnswer = z.object({
  terminal: z.string(),
  seenAt: z.string().meta({ format: 'date-time' }),
  everySeconds: z.int().meta({ description: 'When the next one is due' }),
});

const rules = {
  currency: z.string(),
  shownDecimals: z.int().meta({
    description:
      'How many decimals the currency shows on a receipt where an amount is whole; calls have two all the same',
    example: 2,
  }),
  maxShare: z.string().meta({ description: 'The part of a bill that points may pay', example: '0.30' }),
  minMoney: amountText,
  holdMinutes: z.int(),
  whenAltegioDown: z.enum(['refuse', 'trustLedger']),
};

/** `GET /v1/config`. */
export const configAnswer = z
  .object({
    location: z.object({ id: z.union([z.int(), z.string()]), name: z.string() }),
    provider: z
      .enum(['altegio', 'own', 'none'])
      .meta({ description: 'Who keeps the second book; with `none` there are no points here. No call differs' }),
    timeZone: z.string().meta({ description: 'Of receipts and of the day that is closed' }),
    minorDigits: z.literal(2),
    as: z
      .enum(['tender', 'discount'])
      .nullable()
      .meta({ description: 'How this key takes points; null: as each call says' }),
    ...Object.fromEntries(
      Object.entries(rules).map(([name, schema]) => [
        name,
        schema.nullable().meta({ description: 'Of the first program' }),
      ]),
    ),
    programs: z.array(z.object({ id: ownId('prg'), name: z.string(), ...rules })),
    heartbeatSeconds: z.int(),
    requestsPerMinute: z.int().meta({ description: 'Calls of this key above which 429 is answered' }),
  })
  .meta({ id: 'TillConfig' });
