/** Locations and who keeps their second book: made without Altegio, listed, switched from one provider to another. */
import type pg from 'pg';
import { type PlacedProgram, planSwitch, type Provider, type SwitchRefusal } from '../../domain/provider.ts';
import { transaction, type Tx } from './database.ts';

/** A location of ours. */
export interface Location {
  readonly id: bigint;
  readonly chainId: bigint;
  readonly title: string;
  readonly timeZone: string;
  readonly provider: Provider;
  /** Connected in Altegio, so that it can be its provider. */
  readonly inAltegio: boolean;
}

interface LocationSql {
  id: bigint;
  chain_id: bigint;
  title: string;
  time_zone: string;
  provider: Provider;
  in_altegio: boolean;
}

const LOCATION = `
  select id, chain_id, title, time_zone, provider, webhook_token is not null as in_altegio from location`;

const toLocation = (row: LocationSql): Location => ({
  id: row.id,
  chainId: row.chain_id,
  title: row.title,
  timeZone: row.time_zone,
  provider: row.provider,
  inAltegio: row.in_altegio,
});

/** All locations, by id. */
export async function allLocations(pool: pg.Pool): Promise<Location[]> {
  return (await pool.query<LocationSql>(`${LOCATION} order by id`)).rows.map(toLocation);
}

/** One location, or null. */
export async function findLocation(pool: pg.Pool, id: bigint): Promise<Location | null> {
  const { rows } = await pool.query<LocationSql>(`${LOCATION} where id = $1`, [id]);
  return rows[0] ? toLocation(rows[0]) : null;
}

/** Makes a location that Altegio does not know, in a chain of ours or in one of its own. Null for an unknown chain. */
export async function createLocation(
  pool: pg.Pool,
  wanted: { readonly title: string; readonly timeZone: string; readonly chainId: bigint | null },
): Promise<Location | null> {
  return await transaction(pool, async (tx) => {
    const [drawn] = await tx.rows<{ id: bigint }>(`select nextval('own_location_id') as id`);
    if (!drawn) throw new Error('a sequence always answers');
    const { title, timeZone, chainId } = wanted;
    if (chainId === null) tx.send('insert into chain (id, title) values ($1, $2)', [drawn.id, title]);
    const rows = await tx.rows<LocationSql>(
      `insert into location (id, chain_id, title, time_zone, provider)
       select $1, id, $3, $4, 'own' from chain where id = $2
       returning id, chain_id, title, time_zone, provider, webhook_token is not null as in_altegio`,
      [drawn.id, chainId ?? drawn.id, title, timeZone],
    );
    return rows[0] ? toLocation(rows[0]) : null;
  });
}

/** What a switch came to. */
export type Switched =
  | { readonly done: true; readonly locationIds: readonly bigint[]; readonly programIds: readonly string[] }
  | { readonly done: false; readonly refusal: SwitchRefusal };

interface PlacedSql {
  id: string;
  name: string;
  provider: PlacedProgram['provider'];
  linked: boolean;
  locations: number[] | null;
}

const PLACED = `
  select p.id, v.settings ->> 'name' as name, p.provider, p.card_type_id is not null as linked,
         nullif(v.settings -> 'locations', 'null') as locations
    from program p
    join lateral (select settings from program_version
                   where program_id = p.id order by version desc limit 1) v on true
   where p.chain_id = $1 order by p.created_at, p.id`;

// Whoever is about to write to one of these cards has committed before, or looks again afterwards. In the order of their
// ids, so that nobody waits in a circle.
const LOCK_ACCOUNTS = `select id from account where program_id = any($1::text[]) order by id for no key update`;

// A program in shadow keeps its cards aside, whatever its location's provider.
const MOVE_CARDS = `
  update altegio_card card set role = $2, version = version + 1
    from account
   where account.id = card.account_id and account.program_id = any($1::text[]) and card.role = $3
     and ($2 = 'set_aside' or second_book(account))`;

/** Sets the cards of programs aside, or takes them up again; their programs have been switched before. */
export async function sendMoveCards(tx: Tx, programIds: readonly string[], to: 'set_aside' | 'current'): Promise<void> {
  await tx.rows(LOCK_ACCOUNTS, [programIds]);
  tx.send(MOVE_CARDS, [programIds, to, to === 'current' ? 'set_aside' : 'current']);
}

/**
 * Switches a location to another provider. Points stay with their customers: programs that have no place left move along,
 * and their cards are set aside or taken up again where they were left. `together` allows that other locations of such a
 * program are switched as well. Null for an unknown location.
 */
export async function switchProvider(
  pool: pg.Pool,
  locationId: bigint,
  wanted: { readonly provider: Provider; readonly together: boolean },
): Promise<Switched | null> {
  return await transaction(pool, async (tx) => {
    // One switch of a chain at a time.
    const [chain] = await tx.rows<{ id: bigint }>(
      'select id from chain where id = (select chain_id from location where id = $1) for update',
      [locationId],
    );
    if (!chain) return null;
    const [locations, programs] = await Promise.all([
      tx.rows<LocationSql>(`${LOCATION} where chain_id = $1`, [chain.id]),
      tx.rows<PlacedSql>(PLACED, [chain.id]),
    ]);
    const plan = planSwitch(locations.map(toLocation), programs.map(toPlaced), locationId, wanted);
    if ('refusal' in plan) return { done: false, refusal: plan.refusal };
    await sendSwitch(tx, plan, wanted.provider);
    return { done: true, ...plan };
  });
}

const toPlaced = ({ locations, ...program }: PlacedSql): PlacedProgram => ({
  ...program,
  locations: locations && locations.map(BigInt),
});

async function sendSwitch(
  tx: Tx,
  { locationIds, programIds }: { readonly locationIds: readonly bigint[]; readonly programIds: readonly string[] },
  provider: Provider,
): Promise<void> {
  tx.send('update location set provider = $2 where id = any($1::bigint[])', [locationIds, provider]);
  if (programIds.length === 0) return;
  tx.send('update program set provider = $2 where id = any($1::text[])', [programIds, provider]);
  await sendMoveCards(tx, programIds, provider === 'own' ? 'set_aside' : 'current');
}
