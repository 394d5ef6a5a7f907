/**
 * Switches of `/control`. Everything marked `guess` is a point on which Altegio's documentation is silent: the default
 * is our guess, the other values are what the live service might do instead. The product has to work with all of them.
 */
import { z } from 'zod';

/** A promotion of the chain and the card types that it is attached to; it neither accrues nor expires by itself here. */
const promotion = z.strictObject({
  id: z.int().min(1),
  title: z.string().min(1).max(255),
  type: z.enum(['cashback_accumulative_paid', 'cashback_static_paid', 'discount_static']),
  cardTypeIds: z.array(z.int()),
  percent: z.int().min(0).max(100),
  /** Days after which Altegio burns what it accrued; 0: never. */
  expirationDays: z.int().min(0),
});
export type Promotion = z.infer<typeof promotion>;

const settingsShape = {
  // guess: a manual withdrawal that would leave less than zero is refused with 422.
  negativeResult: z.enum(['refuse', 'allow', 'clamp']),
  // guess: a manual transaction of 0 is refused with 422; `allow` answers the card and writes no line.
  zeroAmount: z.enum(['refuse', 'allow']),
  // guess: more than two decimals are rounded half-up rather than refused.
  decimals: z.enum(['round', 'refuse']),
  // guess: the journal shows withdrawals (3, 6, 7) as positive amounts, as visit details do for type 3.
  withdrawalSign: z.enum(['positive', 'negative']),
  // guess: a line is in the journal at once; with a lag it appears only this much later.
  journalLagMs: z.int().min(0).max(3_600_000),
  // guess: the journal lists the newest line first.
  journalOrder: z.enum(['newest', 'oldest']),
  // guess: a cancelled in-visit withdrawal vanishes from the journal; `stay` keeps it with status_id 2.
  cancelledLines: z.enum(['vanish', 'stay']),
  // guess: taking a payment back leaves the bonus withdrawn in that visit where it is.
  unpayReturnsWithdrawal: z.boolean(),
  // guess: a card cannot be issued to a phone that is no client of the chain; `create` makes the client silently.
  unknownPhone: z.enum(['refuse', 'create']),
  // guess: loyalty_card and finances_operation events carry the phone without plus.
  eventPhone: z.enum(['plain', 'plus']),
  // guess: wrong credentials answer the documented 401; one repository has seen 404.
  authFailure: z.union([z.literal(401), z.literal(404)]),
  // Seen both ways: titles and messages follow the account's language, so nobody may match on them.
  language: z.enum(['en', 'ru']),
  // Seen: floats such as 0.66000000000000003.
  floatNoise: z.boolean(),
  // The documentation prints loyalty answers without the envelope, callers in the wild read `data`.
  bareLoyalty: z.boolean(),
  // Seen in the documentation: a location may list card types of another chain too.
  foreignCardType: z.boolean(),
  // Rights of the API's user; a missing one is 403.
  manualAccess: z.boolean(),
  loyaltyAccess: z.boolean(),
  webhookAccess: z.boolean(),
  // guess: an uninstalled app is 403 in that location; an expired licence is 402.
  uninstalledLocations: z.array(z.int()),
  expiredLocations: z.array(z.int()),
  promotions: z.array(promotion),
};

const settingsSchema = z.strictObject(settingsShape);
export type Settings = z.infer<typeof settingsSchema>;
/** Body of `POST /control/settings`: any part of the settings. */
export const settingsPatch = settingsSchema.partial();

export const defaultSettings: Settings = {
  negativeResult: 'refuse',
  zeroAmount: 'refuse',
  decimals: 'round',
  withdrawalSign: 'positive',
  journalLagMs: 0,
  journalOrder: 'newest',
  cancelledLines: 'vanish',
  unpayReturnsWithdrawal: false,
  unknownPhone: 'refuse',
  eventPhone: 'plain',
  authFailure: 401,
  language: 'en',
  floatNoise: false,
  bareLoyalty: false,
  foreignCardType: false,
  manualAccess: true,
  loyaltyAccess: true,
  webhookAccess: true,
  uninstalledLocations: [],
  expiredLocations: [],
  // Attached to the VIP type only: nothing accrues natively on the cards the product works with.
  promotions: [
    {
      id: 12_720,
      title: 'VIP cashback 10%',
      type: 'cashback_accumulative_paid',
      cardTypeIds: [8_231],
      percent: 10,
      expirationDays: 0,
    },
  ],
};

const limitsSchema = z.strictObject({
  perSecond: z.int().min(1).max(1_000_000),
  perMinute: z.int().min(1).max(10_000_000),
});
export type LimitSettings = z.infer<typeof limitsSchema>;
/** Body of `POST /control/limits`: either limit or both. */
export const limitsPatch = limitsSchema.partial();
export const defaultLimits: LimitSettings = { perSecond: 5, perMinute: 200 };

const webhooksSchema = z.strictObject({
  delayMs: z.int().min(0).max(3_600_000),
  /** Share of events that are never sent. */
  lost: z.number().min(0).max(1),
  /** Share of events that are sent twice, word for word. */
  duplicate: z.number().min(0).max(1),
  /** Each event waits up to one more delay, so that neighbours overtake each other. */
  reorder: z.boolean(),
  // guess: no documented setting turns loyalty_card events on, so they are off.
  loyaltyCard: z.boolean(),
});
export type WebhookSettings = z.infer<typeof webhooksSchema>;
/** Body of `POST /control/webhooks`: any part of the settings. */
export const webhooksPatch = webhooksSchema.partial();

/** Altegio says "about 5 seconds"; everything else starts as documented. */
export function defaultWebhooks(delayMs: number): WebhookSettings {
  return { delayMs, lost: 0, duplicate: 0, reorder: false, loyaltyCard: false };
}
