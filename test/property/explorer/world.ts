/** The small world of one altegio card: what Altegio, its staff and the network do, and what the service knows of it. */
import type { Balances } from '../../../domain/account.ts';
import type { Mirror, Outstanding } from '../../../domain/mirror.ts';

/** Bounds of an exploration. Amounts are small whole numbers, so that every interleaving fits into memory. */
export interface Settings {
  /** Points on both sides at the start. */
  readonly start: bigint;
  /** Points a hold takes, and how many holds are authorized. */
  readonly hold: bigint;
  readonly holds: number;
  /** What a staff change may be, and how many there are. */
  readonly staffAmounts: readonly bigint[];
  readonly staffChanges: number;
  /** Answers that are lost, requests that arrive after their write was given up. */
  readonly lost: number;
  readonly late: number;
  /** Journal lines show up later than the balance moves; out of order when `disorder` is set. */
  readonly lag: boolean;
  readonly disorder: boolean;
  /** Writes that may be sent. */
  readonly sends: number;
  /**
   * Processes that converge this card at the same time. With one, committing a write and calling Altegio are one step, and
   * so are losing its answer and its window; with two each of them is a step, between which the other one may do anything.
   */
  readonly senders: 1 | 2;
  /** A journal line that was there when the card was adopted; 0n for none. */
  readonly openingLine: bigint;
  /** Waiting for an explanation may be given up at any moment. */
  readonly unknown: boolean;
  /** Withdrawals in a visit, how many points each asks for, and how many staff make in a visit of their own. */
  readonly visits: number;
  readonly withdraw: bigint;
  readonly staffVisits: number;
  /** Balances are read before the ledger is locked and may be old when they are used; tills redeem on them. */
  readonly optimistic: boolean;
}

export const DEFAULTS: Settings = {
  start: 4n,
  hold: 2n,
  holds: 1,
  staffAmounts: [-3n, 5n],
  staffChanges: 1,
  lost: 1,
  late: 1,
  lag: true,
  disorder: false,
  sends: 4,
  senders: 1,
  openingLine: 0n,
  unknown: false,
  visits: 0,
  withdraw: 2n,
  staffVisits: 0,
  optimistic: false,
};

/** A journal line nobody has claimed. Who made it is hidden from the service; `seenAt` is null until it shows. */
export interface HiddenLine {
  readonly amount: bigint;
  readonly by: 'us' | 'staff';
  readonly seenAt: number | null;
  /** The visit it belongs to; Altegio shows that one. */
  readonly visitId?: bigint;
}

/** A write request on its way to Altegio. */
export interface Request {
  readonly writeId: bigint;
  readonly amount: bigint;
  readonly visitId?: bigint;
}

/** A process between its commit of a write and the commit of its answer; only where two compete. */
export interface Sender {
  readonly writeId: bigint;
  readonly amount: bigint;
  readonly at: 'opened' | 'called' | 'answered';
  readonly answer: bigint | null;
}

/** A balance read before the lock, and whether the mirror has changed since. */
export interface EarlyRead {
  readonly balance: bigint;
  readonly changed: boolean;
}

/** One state of the exploration. */
export interface World {
  readonly mirror: Mirror;
  /** The open write's answer will not come. */
  readonly inDoubt: boolean;
  readonly altegio: bigint;
  readonly lines: readonly HiddenLine[];
  readonly requests: readonly Request[];
  readonly senders: readonly Sender[];
  /** Altegio's answer to the open write, on its way back. */
  readonly answer: bigint | null;
  readonly visits: number;
  readonly staffVisits: number;
  /** Reserved for the withdrawal under way. */
  readonly visitHeld: bigint;
  readonly read: EarlyRead | null;
  readonly sent: number;
  readonly holds: number;
  readonly captured: bigint;
  readonly staffChanges: number;
  readonly external: bigint;
  readonly lost: number;
  readonly late: number;
  /** A line of staff was claimed as ours; the domain marked some claim as ambiguous. */
  readonly mistaken: boolean;
  readonly marked: boolean;
}

/** A transition: what happened and the state after it. `till` marks those that need a customer to happen. */
export interface Transition {
  readonly action: string;
  readonly world: World;
  readonly till?: boolean;
  /** Points a till was promised, for the verdict. */
  readonly promised?: bigint;
}

export function begin(settings: Settings, openingLineClaimed: boolean): World {
  const { start, openingLine } = settings;
  return {
    mirror: {
      balances: { active: start, held: 0n, pending: 0n, debt: 0n },
      confirmed: start,
      unexplained: 0n,
      unknown: 0n,
      open: null,
      awaiting: [],
      given: [],
    },
    inDoubt: false,
    altegio: start,
    lines: openingLine === 0n || openingLineClaimed ? [] : [{ amount: openingLine, by: 'staff', seenAt: 0 }],
    requests: [],
    senders: [],
    answer: null,
    visits: 0,
    staffVisits: 0,
    visitHeld: 0n,
    read: null,
    sent: 0,
    holds: 0,
    captured: 0n,
    staffChanges: 0,
    external: 0n,
    lost: 0,
    late: 0,
    mistaken: false,
    marked: false,
  };
}

const writes = (list: readonly Outstanding[]): string =>
  list.map(({ writeId, amount }) => `${writeId}:${amount}`).join();
const balances = ({ active, held, debt }: Balances): string => `${active},${held},${debt}`;

/** A text that is equal exactly when two states are. `sentAt` is the write's number, so it needs no place of its own. */
export function keyOf(world: World): string {
  const { mirror, read } = world;
  const { open } = mirror;
  return [
    balances(mirror.balances),
    `${mirror.confirmed},${mirror.unexplained},${mirror.unknown}`,
    open ? `${open.writeId}:${open.amount}:${open.baseline}:${world.inDoubt}` : '',
    writes(mirror.awaiting),
    writes(mirror.given),
    world.altegio,
    world.lines.map(({ amount, by, seenAt, visitId }) => `${amount}${by}${seenAt}/${visitId}`).join(),
    world.requests.map(({ writeId, amount, visitId }) => `${writeId}:${amount}/${visitId}`).join(),
    world.senders.map(({ writeId, at, answer }) => `${writeId}:${at}:${answer}`).join(),
    world.answer,
    read ? `${read.balance}${read.changed}` : '',
    `${world.sent},${world.holds},${world.captured},${world.staffChanges},${world.external},${world.lost},${world.late}`,
    `${world.visits},${world.staffVisits},${world.visitHeld}`,
    `${world.mistaken}${world.marked}`,
  ].join('|');
}

/** The mirror after a step of the service; an earlier read is stale once anything but our own balances changed. */
export function withMirror(world: World, mirror: Mirror): World {
  const was = world.mirror;
  const same = mirror === was || (mirror.confirmed === was.confirmed && mirror.open === was.open);
  const sameLists = mirror.awaiting === was.awaiting && mirror.given === was.given;
  const read = world.read && !(same && sameLists) ? { ...world.read, changed: true } : world.read;
  return { ...world, mirror, read };
}

/** A movement on the card, with its line, which in a visit names that. */
export function post(world: World, amount: bigint, by: HiddenLine['by'], settings: Settings, visitId?: bigint): World {
  const line: HiddenLine = { amount, by, seenAt: settings.lag ? null : world.sent, ...(visitId && { visitId }) };
  return { ...world, altegio: world.altegio + amount, lines: [...world.lines, line] };
}

/** The open write's window passes without an answer; a balance read before that no longer counts. */
export const doubt = (world: World): World => ({
  ...world,
  inDoubt: true,
  read: world.read && { ...world.read, changed: true },
});

export const without = <T>(list: readonly T[], index: number): readonly T[] => list.filter((_, at) => at !== index);
