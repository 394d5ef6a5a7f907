/** The catch-up: Altegio sends each webhook once, so what it changed is asked for as well. */
import { altegioTime } from '../../domain/altegio-time.ts';
import { canonical, changedAtOf, hashOf } from '../ledger/event-text.ts';
import { catchUpPlace, setCaughtUp, storeUntold } from '../ledger/inbox-catch-up.ts';
import {
  AltegioNotFound,
  AltegioRefused,
  AltegioUnauthorised,
  type ChangedList,
  type ChangedRow,
} from './client/index.ts';
import type { AltegioDeps } from './deps.ts';

/**
 * Asked for again each time (milliseconds): our clock and Altegio's may differ by as much, and Altegio stamps whole
 * seconds. What is known already costs nothing but its place in the answer.
 */
const OVERLAP_MS = 15 * 60_000;

/** What one run found: things that changed, and those of them that no webhook had told of. */
export interface CaughtUp {
  readonly changed: number;
  readonly untold: number;
  /** Why not everything was asked for, in one sentence. */
  readonly skipped: string | null;
}

const NOTHING = { changed: 0, untold: 0 } as const;
const RESOURCES: Record<ChangedList, string> = { records: 'record', clients: 'client' };

/** An event as a webhook would have brought it. */
function eventOf(locationId: bigint, list: ChangedList, row: ChangedRow) {
  const resource = RESOURCES[list];
  const status = row['deleted'] === true ? 'delete' : 'update';
  const event = { company_id: locationId, resource, resource_id: row.id, status, data: row };
  const body = canonical(event, event);
  return { resource, resourceId: String(row.id), status, body, hash: hashOf(body), changedAt: changedAtOf(row) };
}

async function isParked({ altegio }: AltegioDeps, locationId: bigint): Promise<boolean> {
  const scopes = await altegio.parked();
  return scopes.some(
    ({ scope, covers }) => scope === 'token' || (scope === `location:${locationId}` && covers === 'all'),
  );
}

/**
 * Puts every appointment and client that changed since the last complete run, and of which no webhook has told, into the
 * inbox. The watermark moves only when both lists were read whole and all is stored, so an outage of ours of any length
 * is caught up too. A location whose access Altegio refuses is skipped: a person knows of it already.
 * @throws the Altegio client's errors, except those of missing access
 */
export async function catchUp(deps: AltegioDeps, locationId: bigint, signal: AbortSignal): Promise<CaughtUp> {
  const place = await catchUpPlace(deps.pool, locationId);
  if (!place) return { ...NOTHING, skipped: 'The location keeps no points in Altegio.' };
  if (await isParked(deps, locationId)) return { ...NOTHING, skipped: 'Altegio refuses our access for now.' };
  const { caughtUpTo, connectedAt, timeZone } = place;
  const from = Math.max(connectedAt.getTime(), (caughtUpTo ?? connectedAt).getTime() - OVERLAP_MS);
  const since = altegioTime(from, timeZone);
  const read = async (list: ChangedList) => {
    const { rows, complete } = await deps.altegio.changes({ locationId, list, since }, { lane: 'sweep', signal });
    const events = rows.map((row) => eventOf(locationId, list, row));
    const untold = await storeUntold(deps.pool, { locationId, chainId: place.chainId }, events);
    return { changed: rows.length, untold, complete, skipped: null };
  };
  try {
    const records = await read('records');
    const clients = await read('clients').catch(withoutClients);
    const found = { changed: records.changed + clients.changed, untold: records.untold + clients.untold };
    const complete = records.complete && clients.complete;
    if (complete) await setCaughtUp(deps.pool, locationId, place.now);
    return {
      ...found,
      skipped: complete ? clients.skipped : 'The lists kept moving; they are read again next time.',
    };
  } catch (error) {
    if (!(error instanceof AltegioUnauthorised)) throw error;
    return { ...NOTHING, skipped: `Altegio refuses our access: ${error.message}` };
  }
}

/** The list of clients is deprecated: the day it is gone, appointments are caught up all the same. */
function withoutClients(error: unknown) {
  if (!(error instanceof AltegioNotFound || error instanceof AltegioRefused)) throw error;
  return { ...NOTHING, complete: true, skipped: 'Altegio does not list clients by their change any more.' };
}
