/** Connecting a location: what Altegio says about it, and our address in its webhook settings. */
import { randomBytes } from 'node:crypto';
import { AltegioError, type AltegioLocation, mergeHooks } from '../../activities/altegio/client/index.ts';
import type { CallOptions, HookSettings } from '../../activities/altegio/client/index.ts';
import {
  type Connection,
  findConnection,
  saveConnection,
  setWebhookRegistered,
} from '../../activities/ledger/connections.ts';
import type { ApiDeps } from '../http/deps.ts';
import { OPERATOR_CALL, reasonOf } from './altegio-problems.ts';
import { cardTypeStep } from './promotions.ts';

/** The steps of connecting, in their order. */
export const STEP_KEYS = ['branch', 'chain', 'service_user', 'card_type', 'link'] as const;

/** One step. A later one is never ok while an earlier one is not. */
export interface Step {
  readonly n: number;
  readonly key: (typeof STEP_KEYS)[number];
  readonly state: 'ok' | 'todo' | 'failed';
  readonly reason?: string;
}

/** How a location's connection stands now. */
export interface ConnectionStatus {
  readonly connection: Connection | null;
  readonly created: boolean;
  readonly chain: { readonly id: bigint; readonly title: string } | null;
  readonly webhook: { readonly registered: boolean; readonly reason?: string };
  readonly steps: readonly Step[];
}

type Deps = Pick<ApiDeps, 'pool' | 'altegio' | 'config'>;

/** What Altegio is asked to tell us; without `self_sending` our own writes do not come back as events. */
const EVENTS = { client: 1, record: 1, goods_operations_sale: 1, finances_operation: 1, self_sending: 0 } as const;

/** Where Altegio sends a location's events. */
export function webhookUrl(deps: Pick<ApiDeps, 'config'>, token: string): string {
  return `${deps.config.publicUrl.replace(/\/+$/, '')}/webhooks/altegio/${token}`;
}

function callOptions(deps: Deps, locationId: bigint): CallOptions {
  return { ...OPERATOR_CALL, timeoutMs: deps.config.altegioTimeoutMs, locationId };
}

interface Probe {
  readonly location: AltegioLocation | null;
  readonly branch: Pick<Step, 'state' | 'reason'>;
  readonly chain: Pick<Step, 'state' | 'reason'>;
}

async function probe(deps: Deps, locationId: bigint, stored: Connection | null): Promise<Probe> {
  let location: AltegioLocation;
  try {
    location = await deps.altegio.location(locationId, callOptions(deps, locationId));
  } catch (error) {
    if (!(error instanceof AltegioError)) throw error;
    const reason = reasonOf(error, `location ${locationId}`, deps.config.serviceEmail);
    return {
      location: null,
      branch: { state: 'failed', reason },
      chain: { state: 'todo', reason: 'The location has to be found first.' },
    };
  }
  const branch = { state: 'ok' } as const;
  if (location.chain === null)
    return {
      location,
      branch,
      chain: {
        state: 'failed',
        reason: `Location ${locationId} is in no chain; loyalty cards belong to a chain, so add it to one in Altegio.`,
      },
    };
  if (stored && stored.chain.id !== location.chain.id)
    return {
      location,
      branch,
      chain: {
        state: 'failed',
        reason: `The location was connected in chain ${stored.chain.id} and is now in chain ${location.chain.id}; its accounts stay in the first one.`,
      },
    };
  return { location, branch, chain: { state: 'ok' } };
}

type CardTypeStep = Awaited<ReturnType<typeof cardTypeStep>>;

/** The steps that later set-up fills; each says what to do meanwhile. */
function stepsOf({ branch, chain }: Probe, cardType: CardTypeStep, serviceEmail: string): Step[] {
  const todo = (reason: string) => ({ state: 'todo', reason }) as const;
  const states = [
    branch,
    chain,
    todo(
      `In Altegio give the user ${serviceEmail} access to the location, with the rights to loyalty cards, their manual transactions and webhook settings.`,
    ),
    cardType ?? todo('In Altegio, Loyalty › Card types, create a card type for points, or pick one of the chain’s.'),
    todo('Make a program that names the chain and the card type: POST /api/programs.'),
  ];
  return STEP_KEYS.map((key, index) => ({ n: index + 1, key, ...(states[index] ?? todo('')) }));
}

const carries = (settings: HookSettings, url: string): boolean =>
  settings.urls.includes(url) &&
  Number(settings['active'] ?? 1) === 1 &&
  Object.entries(EVENTS).every(([flag, on]) => on === 0 || Number(settings[flag] ?? 0) === 1);

type Registered = ConnectionStatus['webhook'];

/** Reads or registers; what Altegio does not allow is a reason, not a failure of the whole call. */
async function hookStatus(deps: Deps, connection: Connection, register: boolean): Promise<Registered> {
  const { locationId, webhookToken } = connection;
  const url = webhookUrl(deps, webhookToken);
  const options = callOptions(deps, locationId);
  try {
    const current = await deps.altegio.hooks(locationId, options);
    if (register) {
      // Only an address that carries our token is ours to replace, as when PUBLIC_URL has changed.
      const isOld = (other: string) => other.endsWith(`/webhooks/altegio/${webhookToken}`);
      await deps.altegio.setHooks(locationId, mergeHooks(current, url, { ...EVENTS }, isOld), options);
    }
    const registered = register || carries(current, url);
    await setWebhookRegistered(deps.pool, locationId, registered);
    return registered
      ? { registered }
      : { registered, reason: 'Altegio’s webhook settings do not carry our address: connect the location again.' };
  } catch (error) {
    if (!(error instanceof AltegioError)) throw error;
    if (register) await setWebhookRegistered(deps.pool, locationId, false);
    const reason = reasonOf(error, `webhook settings of location ${locationId}`, deps.config.serviceEmail);
    return { registered: register ? false : connection.webhookRegistered, reason };
  }
}

async function status(
  deps: Deps,
  probed: Probe,
  connection: Connection | null,
  rest: Partial<ConnectionStatus>,
): Promise<ConnectionStatus> {
  const asked = probed.chain.state === 'ok' && connection !== null;
  const cardType = asked ? await cardTypeStep(deps, connection.chain.id) : null;
  return {
    connection,
    created: false,
    chain: connection?.chain ?? probed.location?.chain ?? null,
    webhook: { registered: connection?.webhookRegistered ?? false },
    steps: stepsOf(probed, cardType, deps.config.serviceEmail),
    ...rest,
  };
}

/** Probes a location and, when it is in a chain, stores the connection and registers our address. */
export async function connect(deps: Deps, locationId: bigint): Promise<ConnectionStatus> {
  const stored = await findConnection(deps.pool, locationId);
  const probed = await probe(deps, locationId, stored);
  const { location, chain } = probed;
  if (!location?.chain || chain.state !== 'ok') return await status(deps, probed, stored, {});
  const webhookToken = stored?.webhookToken ?? randomBytes(32).toString('base64url');
  // Stored before Altegio knows the address, so that its first event finds a door that knows it.
  const { connection, created } = await saveConnection(deps.pool, {
    locationId,
    title: location.title,
    timeZone: location.timeZone,
    address: location.address,
    chain: location.chain,
    webhookToken,
  });
  const webhook = await hookStatus(deps, connection, true);
  return await status(deps, probed, connection, { created, webhook });
}

/** How a connected location stands, asked of Altegio now; null when it is not connected. */
export async function connectionStatus(deps: Deps, locationId: bigint): Promise<ConnectionStatus | null> {
  const stored = await findConnection(deps.pool, locationId);
  if (!stored) return null;
  const probed = await probe(deps, locationId, stored);
  const webhook = probed.location ? await hookStatus(deps, stored, false) : { registered: stored.webhookRegistered };
  return await status(deps, probed, stored, { webhook });
}
