/** Customers who join at a till. What it hears only fills gaps. */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { newId } from '../../../domain/new-id.ts';
import { changeCustomer, type CustomerDetails } from './change.ts';

/** What a till hears of a customer. */
export type Heard = Pick<CustomerDetails, 'name' | 'consent' | 'birthDate' | 'referredBy'>;

/** Enrols a phone in a program, or finds who has it. A name that is known stays. */
export async function enrol(
  pool: pg.Pool,
  place: { readonly chainId: bigint; readonly programId: string },
  person: Heard & { readonly phone: string },
  actor: string,
): Promise<{ readonly id: string; readonly made: boolean }> {
  const id = newId('acc', Date.now(), randomBytes);
  const { rows } = await pool.query<{ id: string }>(
    `insert into account (id, chain_id, program_id, phone, display_name, consent_at, enrolled, birth_date, referred_by)
     values ($1, $2, $3, $4, $5, case when $6 then now() end, true, $7,
             (select id from account where id = $8 and program_id = $3)) on conflict (chain_id, program_id, phone) do nothing
     returning id`,
    [
      id,
      place.chainId,
      place.programId,
      person.phone,
      person.name ?? null,
      person.consent ?? false,
      person.birthDate ?? null,
      person.referredBy ?? null,
    ],
  );
  if (rows[0]) return { id, made: true };
  const known = await pool.query<{ id: string; display_name: string | null }>(
    'select id, display_name from account where chain_id = $1 and program_id = $2 and phone = $3',
    [place.chainId, place.programId, person.phone],
  );
  const [found] = known.rows;
  if (!found) throw new Error('an account vanished between two statements');
  await completeDetails(pool, found.id, { ...person, known: found.display_name !== null }, actor);
  return { id: found.id, made: false };
}

/** What a till heard and we did not know is added; what we know is changed by an operator only. */
export async function completeDetails(
  pool: pg.Pool,
  id: string,
  person: Pick<Heard, 'name' | 'consent'> & { readonly known: boolean },
  actor: string,
): Promise<void> {
  const details = { ...(person.known ? {} : { name: person.name }), ...(person.consent ? { consent: true } : {}) };
  await changeCustomer(pool, id, details, actor);
}
