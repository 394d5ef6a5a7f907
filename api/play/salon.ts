/** The other side as its own staff see it: the few calls of the sandbox's `/control` that the page needs. */
import { z } from 'zod';
import { Problem } from '../http/problem.ts';

const CALL_MS = 5_000;

const card = z.object({
  id: z.int(),
  number: z.string(),
  phone: z.string(),
  name: z.string(),
  balance: z.string(),
  typeId: z.int(),
});
const fault = z.object({
  id: z.int(),
  call: z.string(),
  fault: z.string(),
  match: z.object({ cardId: z.int().optional() }).optional(),
  times: z.int().optional(),
  hits: z.int(),
});
const refusal = z.object({ error: z.object({ message: z.string() }) });

/** A card as Altegio holds it; the phone is digits without plus, the balance a decimal text. */
export type SalonCard = z.infer<typeof card>;

/** A fault that is set. */
export type SalonFault = z.infer<typeof fault>;

/** The calls. All of them throw Problem `unavailable` or `altegio_refused`. */
export interface Salon {
  /** Cards of a phone (digits), or all. */
  cards(phone?: string): Promise<SalonCard[]>;
  /** Staff change a balance by hand; `amount` is a signed decimal text. */
  adjust(cardId: number, amount: string): Promise<void>;
  /** A customer makes an appointment; its webhook is sent now rather than after Altegio's usual seconds. */
  appointment(locationId: number, phone: string): Promise<void>;
  faults(): Promise<SalonFault[]>;
  /** Sets a fault and answers its id. */
  addFault(fault: Readonly<Record<string, unknown>>): Promise<number>;
  clearFault(id: number): Promise<void>;
}

/** Makes the client of a sandbox. */
export function createSalon(controlUrl: string): Salon {
  const ask = async <T>(schema: z.ZodType<T>, method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${controlUrl}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(CALL_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new Problem('unavailable', { detail: `The sandbox does not answer: ${String(cause)}.` });
    });
    const said: unknown = await answer.json();
    if (answer.ok) return schema.parse(said);
    const { data } = refusal.safeParse(said);
    throw new Problem('altegio_refused', { detail: data?.error.message ?? `The sandbox answered ${answer.status}.` });
  };
  return {
    cards: (phone) => ask(z.array(card), 'GET', phone === undefined ? '/cards' : `/cards?phone=${phone}`),
    adjust: async (cardId, amount) => void (await ask(card, 'POST', '/staff/adjust', { cardId, amount })),
    async appointment(locationId, phone) {
      await ask(z.object({ recordId: z.int() }), 'POST', '/appointments', { locationId, phone, status: 'create' });
      await ask(z.array(z.unknown()), 'POST', '/webhooks/flush', {});
    },
    faults: () => ask(z.array(fault), 'GET', '/faults'),
    addFault: async (wanted) => (await ask(z.object({ id: z.int() }), 'POST', '/faults', wanted)).id,
    clearFault: async (id) => void (await ask(z.unknown(), 'DELETE', `/faults/${id}`)),
  };
}
