/** What we read of Altegio's objects (docs/altegio.md, "Objects"), and the values the rest of the product sees. */
import { z } from 'zod';
import { journalSign } from '../../../domain/journal.ts';
import type { Minor } from '../../../domain/money.ts';
import { amount, id, integer, list, optionalId, phoneFromAltegio, relation, rows, text } from './body.ts';

/** A loyalty card. `balance` is in minor units. */
export interface AltegioCard {
  id: bigint;
  number: string;
  typeId: bigint;
  /** Null when the answer does not say. */
  chainId: bigint | null;
  balance: Minor;
}

/** One line of the chain's journal that moves a card (others have amount 0 or card 0); `amount` in minor units, signed as it moves the card. */
export interface JournalLine {
  id: bigint;
  cardId: bigint;
  typeId: number;
  amount: Minor;
  /** 0 for a line outside a visit, as for manual ones. */
  visitId: bigint;
  recordId: bigint;
  /** Taken back in Altegio, whose status then is another than 1 (a guess: docs/altegio.md, "Journal"). */
  cancelled: boolean;
}

/** A visit, by one of its appointments (records). */
export interface VisitPlace {
  locationId: bigint;
  recordId: bigint;
  visitId: bigint;
}

/** Points that a card gave in a visit, one line for each item; `amount` in minor units, not negative. */
export interface VisitWithdrawal {
  id: bigint;
  cardId: bigint;
  amount: Minor;
}

/** Webhook settings of a location; keys that we do not know are kept as read. */
export interface HookSettings {
  urls: string[];
  [key: string]: unknown;
}

export const card: z.ZodType<AltegioCard> = z
  .object({
    id,
    number: text,
    balance: amount,
    type_id: optionalId,
    type: relation(z.object({ id })),
    salon_group_id: optionalId,
    salon_group: relation(z.object({ id })),
  })
  .transform((raw, context) => {
    const typeId = raw.type_id ?? raw.type?.id;
    if (typeId === undefined) {
      context.addIssue({ code: 'custom', path: ['type_id'], message: 'missing' });
      return z.NEVER;
    }
    const chainId = raw.salon_group_id ?? raw.salon_group?.id ?? null;
    return { id: raw.id, number: raw.number, typeId, chainId, balance: raw.balance };
  });

export const cards = rows(card);

/** The answer to a manual transaction: the card as it is afterwards. */
export const cardBalance = z.object({ id: optionalId, balance: amount });

export const journalLine: z.ZodType<JournalLine> = z
  .object({
    id,
    card_id: optionalId,
    type_id: integer,
    amount,
    visit_id: optionalId,
    item_record_id: optionalId,
    status_id: integer.optional().catch(undefined),
  })
  .transform((raw) => ({
    id: raw.id,
    cardId: raw.card_id ?? 0n,
    typeId: raw.type_id,
    // The sign Altegio writes for withdrawals is not known: the type decides.
    amount: (raw.amount < 0n ? -raw.amount : raw.amount) * (journalSign(raw.type_id) ?? 0n),
    visitId: raw.visit_id ?? 0n,
    recordId: raw.item_record_id ?? 0n,
    cancelled: (raw.status_id ?? 1) !== 1,
  }));

export const journalPage = rows(journalLine);

const CARD_WITHDRAWAL = 3;

/** A visit's withdrawals from cards that stand; its other loyalty lines are left out. */
export const visitDetails = z
  .object({
    loyalty_transactions: rows(
      z.object({ id, card_id: optionalId, type_id: integer, amount, status_id: integer.optional().catch(undefined) }),
    ),
  })
  .transform(({ loyalty_transactions: lines }): VisitWithdrawal[] =>
    lines
      .filter((line) => line.type_id === CARD_WITHDRAWAL && (line.status_id ?? 1) === 1)
      .map((line) => ({
        id: line.id,
        cardId: line.card_id ?? 0n,
        amount: line.amount < 0n ? -line.amount : line.amount,
      })),
  );

export const cardTypes = rows(z.object({ id, title: text }));

/** A promotion of the chain. `cardTypeIds` are those it is attached to. */
export interface Promotion {
  id: bigint;
  title: string;
  type: string;
  cardTypeIds: bigint[];
}

/** The chain's promotions. */
export const promotions: z.ZodType<Promotion[]> = rows(
  z
    .object({
      id,
      title: text,
      type: text,
      loyalty_card_type_ids: list(id),
      // With `include` the types come as objects.
      loyalty_card_types: list(z.object({ id })),
    })
    .transform((raw) => ({
      id: raw.id,
      title: raw.title,
      type: raw.type,
      cardTypeIds: [...new Set([...raw.loyalty_card_type_ids, ...raw.loyalty_card_types.map((type) => type.id)])],
    })),
);

const chain = z.object({ id, title: text });

export const location = z.object({
  id,
  title: text,
  timezone_name: z.string().min(1),
  address: z.string().nullish(),
  main_group_id: optionalId,
  main_group: relation(chain),
  groups: list(chain),
});

export const chains = rows(z.object({ id, title: text, companies: list(z.object({ id })) }));

export const client = z
  .object({ id, phone: z.unknown().optional(), name: text, display_name: text })
  .transform((raw) => ({ id: raw.id, phone: phoneFromAltegio(raw.phone), name: raw.name || raw.display_name }));

export const chainClients = z
  .union([
    z.object({ clients: rows(z.object({ id, company_id: id, name: text })) }),
    z
      .array(z.never())
      .max(0)
      .transform(() => ({ clients: [] })),
  ])
  .transform((raw) => raw.clients.map((found) => ({ id: found.id, locationId: found.company_id, name: found.name })));

export const permissions = z.record(z.string(), z.unknown());

export const hooks: z.ZodType<HookSettings> = z
  .looseObject({ urls: z.preprocess((raw) => (typeof raw === 'string' ? [raw] : raw), list(z.string())) })
  .transform((raw) => ({ ...raw, urls: raw.urls.filter((url) => url !== '') }));

/**
 * The settings to post so that our URL is among the receivers: everything else stays as read, because a POST replaces
 * everything (docs/altegio.md, "Webhook settings").
 * @param flags events to switch on or off, such as `{ record: 1, client: 1 }`
 * @param isOld tells our own earlier URLs, which are dropped
 */
export function mergeHooks(
  current: HookSettings,
  ourUrl: string,
  flags: Record<string, number>,
  isOld: (url: string) => boolean = () => false,
): HookSettings {
  const urls = current.urls.filter((url) => url === ourUrl || !isOld(url));
  return { ...current, ...flags, active: 1, urls: urls.includes(ourUrl) ? urls : [...urls, ourUrl] };
}
