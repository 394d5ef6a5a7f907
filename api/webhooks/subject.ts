/**
 * Whom an event of Altegio's concerns. An event is a hint, never a proof: balances in it are not believed, they are read
 * again by the reconciliation that it starts (docs/altegio.md, "Webhooks").
 */
import { phoneFromAltegio } from '../../activities/altegio/client/index.ts';
import type { Person, Subject } from '../../activities/ledger/inbox-accounts.ts';
import { NO_PHONE } from '../../activities/ledger/inbox-accounts.ts';
import type { ReceivedEvent } from '../../activities/ledger/inbox.ts';
import { parseJson } from '../http/json.ts';
import { birthDate } from '../http/schemas.ts';

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;

/** An id as number, text or bigint; 0 and everything else is none. */
function idFrom(...candidates: readonly unknown[]): bigint | null {
  for (const candidate of candidates) {
    if (!['string', 'number', 'bigint'].includes(typeof candidate)) continue;
    const text = String(candidate);
    if (/^[1-9]\d{0,17}$/.test(text)) return BigInt(text);
  }
  return null;
}

const phoneFrom = (raw: unknown): string | null => phoneFromAltegio(typeof raw === 'bigint' ? String(raw) : raw);

function nameFrom(client: Fields): string | null {
  const parts = [client['name'], client['surname']].filter((part) => typeof part === 'string' && part.trim() !== '');
  const name = parts.length > 0 ? parts.join(' ') : client['display_name'];
  return typeof name === 'string' && name.trim() !== '' ? name.trim().slice(0, 255) : null;
}

/** A birthday in a client event; Altegio writes 1900 for a year it does not know, and 1900-01-01 for no date at all. */
function birthDateFrom({ birth_date: text }: Fields): string | null {
  return typeof text === 'string' && birthDate.safeParse(text).success ? text : null;
}

/** When the thing changed. An appointment's `date` is not it; a payment's and a sale's rows are made anew by a change. */
const CHANGE_DATES: Readonly<Record<string, readonly string[]>> = {
  finances_operation: ['last_change_date', 'date'],
  goods_operations_sale: ['last_change_date', 'create_date'],
};

function isDated(resource: string, data: Fields): boolean {
  const keys = CHANGE_DATES[resource] ?? ['last_change_date'];
  return keys.some((key) => typeof data[key] === 'string' && data[key] !== '');
}

function ofCard(event: ReceivedEvent, data: Fields, gone: boolean): Subject {
  const phone = phoneFrom(data['phone']);
  const cardId = idFrom(data['id'], event.resourceId);
  if (phone === null && cardId === null) return { ignored: 'the event names neither a card nor a phone' };
  const nobody = { name: null, birthDate: null, clientId: null } as const;
  const person: Person = { ...nobody, phone, cardId, mayCreate: !gone, dated: false, mayAsk: false };
  return { ignored: null, person };
}

function ofClient(
  event: ReceivedEvent,
  client: Fields,
  rest: { gone: boolean; dated: boolean; whole: boolean },
): Subject {
  const phone = phoneFrom(client['phone']);
  const clientId = idFrom(client['id'], rest.whole ? event.resourceId : null);
  if (phone === null && clientId === null) return { ignored: NO_PHONE };
  return {
    ignored: null,
    person: {
      phone,
      name: nameFrom(client),
      birthDate: birthDateFrom(client),
      clientId,
      cardId: null,
      mayCreate: !rest.gone,
      dated: rest.dated,
      // A client event is the whole client: a phone that is not in it does not exist. A deleted one cannot be asked for.
      mayAsk: phone === null && !rest.gone && (!rest.whole || !('phone' in client)),
    },
  };
}

/** Reads whom a stored event concerns. */
export function subjectOf(event: ReceivedEvent): Subject {
  const envelope = fields(parseJson(event.body));
  const data = fields(envelope?.['data']);
  const gone = event.status === 'delete' || data?.['deleted'] === true;
  const { resource } = event;
  if (resource === 'loyalty_card') return ofCard(event, data ?? {}, gone);
  const dated = data !== null && isDated(resource, data);
  if (resource === 'client') return ofClient(event, data ?? {}, { gone, dated, whole: true });
  // Appointments, payments and sales carry their client; so would a kind of event we do not know yet.
  const client = fields(data?.['client']);
  if (client) return ofClient(event, client, { gone, dated, whole: false });
  const clientId = idFrom(data?.['client_id']);
  if (clientId !== null) return ofClient(event, { id: clientId }, { gone, dated, whole: false });
  return { ignored: 'the event concerns no customer' };
}
