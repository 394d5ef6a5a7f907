/**
 * Withdrawals in a visit: Altegio takes less without a word, and splits what it takes over the items. Who asked sees the
 * visit's own lines, in the answer or afterwards, whatever the journal shows by then.
 */
import { available, capture, hold, type Balances } from '../../../domain/account.ts';
import { open, resolve } from '../../../domain/mirror.ts';
import { maximum } from '../../../domain/money.ts';
import { mayWithdraw, settleVisitWrite } from '../../../domain/visit-write.ts';
import type { Service } from './service.ts';
import { doubt, post, type Request, type Settings, type Transition, withMirror, without, type World } from './world.ts';

/** A till pays a visit with points; staff pay another visit of the customer by hand. */
export function* visiting(world: World, settings: Settings): Generator<Transition> {
  const { mirror } = world;
  const { withdraw: points } = settings;
  const may = mayWithdraw(mirror, points) && available(mirror.balances) >= points;
  if (world.visits < settings.visits && may && world.sent < settings.sends) {
    const id = world.sent + 1;
    const [writeId, visitId] = [BigInt(id), BigInt(id)];
    const reserved = { ...mirror, balances: hold(mirror.balances, points) };
    const opened = open(reserved, { writeId, amount: -points, sentAt: id, baseline: mirror.confirmed, visitId });
    const requests = [...world.requests, { writeId, amount: -points, visitId }];
    const counted = { visits: world.visits + 1, sent: id, visitHeld: points, inDoubt: false, answer: null };
    yield { action: 'visit', till: true, world: { ...withMirror(world, opened), ...counted, requests } };
  }
  if (world.staffVisits < settings.staffVisits && world.altegio >= 2n) {
    const visitId = 100n;
    const taken = [-1n, -1n].reduce((after, part) => post(after, part, 'staff', settings, visitId), world);
    const counted = { staffVisits: world.staffVisits + 1, external: world.external - 2n };
    yield { action: 'staffVisit', till: true, world: { ...taken, ...counted } };
  }
}

/** The request arrives: capped by the balance, one line for the last point and one for the others. */
export function* takenInVisit(
  world: World,
  settings: Settings,
  index: number,
  { writeId, amount, visitId }: Request,
): Generator<Transition> {
  const waited = world.mirror.open?.writeId === writeId && !world.inDoubt;
  const arrived = { ...world, requests: without(world.requests, index) };
  const taken = maximum(amount, -world.altegio);
  const parts = taken < -1n ? [taken + 1n, -1n] : taken === 0n ? [] : [taken];
  const applied = parts.reduce((after, part) => post(after, part, 'us', settings, visitId), arrived);
  yield { action: `take${taken}`, world: waited ? { ...applied, answer: taken } : applied };
  if (!waited) return;
  const lost = { lost: world.lost + 1 };
  if (world.lost < settings.lost) {
    yield { action: `takeLost${taken}`, world: doubt({ ...applied, ...lost }) };
    yield { action: 'dropped', world: doubt({ ...arrived, ...lost }) };
  }
  if (world.late < settings.late) yield { action: 'slow', world: doubt({ ...world, late: world.late + 1 }) };
}

/** What was taken of the reserved points is gone, the rest is free again. */
function redeemed(balances: Balances, held: bigint, taken: bigint, rules: Service): Balances {
  return rules.release(capture(balances, taken), held - taken);
}

/** Ends the withdrawal that is answered, or whose visit is asked when the answer was lost; there is no window. */
export function* settledInVisit(world: World, rules: Service): Generator<Transition> {
  const { open: write } = world.mirror;
  if (write?.visitId == null || (world.answer === null && !world.inDoubt)) return;
  const settle = rules.knowsVisits ? byIdentity : byAmount;
  const { after, taken } = settle(world, write.visitId, world.answer);
  const balances = redeemed(after.mirror.balances, world.visitHeld, taken, rules);
  const ended = { visitHeld: 0n, captured: world.captured + taken, inDoubt: false, answer: null };
  const action = world.answer === null ? `details${taken}` : `answer${taken}`;
  yield { action, world: { ...withMirror(after, { ...after.mirror, balances }), ...ended } };
}

interface Ended {
  readonly after: World;
  readonly taken: bigint;
}

function byIdentity(world: World, visitId: bigint, answer: bigint | null): Ended {
  const moved = world.lines.reduce((sum, line) => (line.visitId === visitId ? sum + line.amount : sum), 0n);
  const mirror = settleVisitWrite(world.mirror, moved, answer !== null);
  const lines = world.lines.filter((line) => line.visitId !== visitId);
  return { after: { ...withMirror(world, mirror), lines }, taken: -moved };
}

/** The mutant: expects one line of the amount it asked for, and never looks at the visit. */
function byAmount(world: World, _visitId: bigint, answer: bigint | null): Ended {
  const { mirror } = world;
  const write = mirror.open;
  if (!write) throw new Error('no write is open');
  if (answer !== null) {
    const settled = { ...mirror, open: null, confirmed: write.baseline + answer };
    const { visitId: _known, ...outstanding } = write;
    return { after: withMirror(world, { ...settled, awaiting: [...mirror.awaiting, outstanding] }), taken: -answer };
  }
  const shown = world.lines.filter(({ seenAt }) => seenAt !== null);
  const lines = shown.map(({ amount, seenAt }, at) => ({ id: BigInt(at), amount, firstSeenAt: seenAt ?? 0 }));
  const { visitId: _known, ...manual } = write;
  const { mirror: settled, claims } = resolve({ ...mirror, open: manual }, world.altegio, lines);
  const left = world.lines.filter(({ seenAt }) => seenAt === null);
  return { after: { ...withMirror(world, settled), lines: left }, taken: claims.applied ? -write.amount : 0n };
}
