/** Clients' deposits: money that belongs to a phone of the chain. Only a top-up can be asked of the API. */
import type { Deposit } from '../core/model.ts';
import { invalid, notFound } from '../core/refusal.ts';
import { stampTime } from '../core/time.ts';
import type { World } from '../core/world.ts';
import { toNumber } from '../core/money.ts';
import { clientsByPhone } from './clients.ts';

/** The chain's only type. */
const TYPE = { id: 1, title: 'Main' } as const;

/** Opens a deposit, as somebody in the salon does. */
export function openDeposit(world: World, phone: string, balance: number): Deposit {
  const id = world.nextId('deposit');
  const deposit: Deposit = { id, phone, initial: balance, balance, blocked: false, createdAt: world.now() };
  world.store.put('deposit', id, deposit);
  return deposit;
}

/** A deposit of this phone; 404 otherwise. */
export function findDeposit(world: World, id: number, phone: string): Deposit {
  const deposit = world.store.get('deposit', id);
  if (!deposit || deposit.phone !== phone) throw notFound();
  return deposit;
}

/** Adds money. guess: a blocked deposit takes none. */
export function topUpDeposit(world: World, deposit: Deposit, amount: number): Deposit {
  if (deposit.blocked) throw invalid('deposit_id', 'deposit is blocked');
  const topped = { ...deposit, balance: deposit.balance + amount };
  world.store.put('deposit', deposit.id, topped);
  return topped;
}

/** All deposits, of one phone where it is named. */
export function depositsOf(world: World, phone?: string): Deposit[] {
  return [...world.store.all('deposit')].filter((deposit) => phone === undefined || deposit.phone === phone);
}

const stamp = (world: World, at: string): string => stampTime(at, world.timeZone(world.chain.locations[0]?.id ?? 0));

/** The type as Altegio shows it. */
export const depositTypeView = (world: World): Record<string, unknown> => ({
  ...TYPE,
  salon_group_id: world.chain.id,
  date_create: stamp(world, '2025-01-01T10:00:00.000Z'),
  deleted: false,
  date_delete: null,
});

/** The deposit itself as Altegio shows it. */
export const bareDepositView = (world: World, deposit: Deposit): Record<string, unknown> => ({
  id: deposit.id,
  salon_group_id: world.chain.id,
  deposit_type_id: TYPE.id,
  initial_balance: toNumber(deposit.initial),
  balance: toNumber(deposit.balance),
  blocked: deposit.blocked,
  date_create: deposit.createdAt,
});

/** The deposit in a list, with its type and its client in the first location that knows the phone. */
export const depositView = (world: World, deposit: Deposit): Record<string, unknown> => ({
  deposit: bareDepositView(world, deposit),
  deposit_type: depositTypeView(world),
  client: { id: clientsByPhone(world, deposit.phone)[0]?.id ?? 0 },
});
