/** Everything that can happen next in a state of the explored world. */
import { available, capture, hold, target, type Balances } from '../../../domain/account.ts';
import { adoptRead, answered, declareUnknown, judgeRead, open, refused, type Line } from '../../../domain/mirror.ts';
import { minimum } from '../../../domain/money.ts';
import { competing, openOne } from './senders.ts';
import type { Service, Taken } from './service.ts';
import { settledInVisit, takenInVisit, visiting } from './visits.ts';
import {
  doubt,
  type HiddenLine,
  post,
  type Settings,
  type Transition,
  withMirror,
  without,
  type World,
} from './world.ts';

const withBalances = (world: World, balances: Balances): World => ({ ...world, mirror: { ...world.mirror, balances } });

const shown = (world: World): readonly HiddenLine[] => world.lines.filter(({ seenAt }) => seenAt !== null);

const asLines = (lines: readonly HiddenLine[], { knowsVisits }: Service): Line[] =>
  lines.map(({ amount, seenAt, visitId }, index) => {
    const line = { id: BigInt(index), amount, firstSeenAt: seenAt ?? 0 };
    return knowsVisits && visitId !== undefined ? { ...line, foreign: true, visitId } : line;
  });

/** Removes the claimed lines and remembers, behind the service's back, whether a line of staff was taken for ours. */
function afterClaims(world: World, { mirror, claims }: Taken): World {
  const lines = shown(world);
  const wrong = claims.claims.filter((claim, index) => claim.as !== 'external' && lines[index]?.by === 'staff');
  const left = claims.claims.length > 0 ? world.lines.filter(({ seenAt }) => seenAt === null) : world.lines;
  return {
    ...withMirror(world, mirror),
    lines: left,
    mistaken: world.mistaken || wrong.length > 0,
    marked: world.marked || claims.claims.some(({ ambiguous }) => ambiguous),
  };
}

function* tills(world: World, settings: Settings, service: Service): Generator<Transition> {
  const { mirror } = world;
  const { hold: points } = settings;
  if (world.holds < settings.holds && !settings.optimistic && available(mirror.balances) >= points)
    yield {
      action: 'authorize',
      world: { ...withBalances(world, hold(mirror.balances, points)), holds: world.holds + 1 },
      till: true,
    };
  if (world.holds < settings.holds && settings.optimistic && world.read) {
    const judged = judgeRead(mirror, world.read.balance, !world.read.changed);
    const after = judged.verdict === 'adopt' ? judged.adoption.mirror : mirror;
    const promised = judged.verdict === 'readAgain' ? 0n : minimum(available(after.balances), world.read.balance);
    if (promised >= points) {
      const adopted = { ...withMirror(world, after), read: null, holds: world.holds + 1 };
      yield {
        action: `authorizeOn${world.read.balance}`,
        world: withBalances(adopted, hold(after.balances, points)),
        till: true,
        promised,
      };
    }
  }
  if (mirror.balances.held - world.visitHeld >= points) {
    const captured = withBalances(world, capture(mirror.balances, points));
    yield { action: 'capture', world: { ...captured, captured: world.captured + points } };
    yield { action: 'void', world: withBalances(world, service.release(mirror.balances, points)) };
  }
}

function* others(world: World, settings: Settings): Generator<Transition> {
  if (world.staffChanges < settings.staffChanges)
    for (const amount of settings.staffAmounts)
      if (world.altegio + amount >= 0n)
        yield {
          action: `staff${amount}`,
          till: true,
          world: {
            ...post(world, amount, 'staff', settings),
            staffChanges: world.staffChanges + 1,
            external: world.external + amount,
          },
        };
  const hidden = world.lines.flatMap(({ seenAt }, index) => (seenAt === null ? [index] : []));
  for (const index of settings.disorder ? hidden : hidden.slice(0, 1)) {
    const lines = world.lines.map((line, at) => (at === index ? { ...line, seenAt: world.sent } : line));
    yield { action: `show${world.lines[index]?.amount}`, world: { ...world, lines } };
  }
}

function* network(world: World, settings: Settings): Generator<Transition> {
  const { mirror } = world;
  for (const [index, request] of world.requests.entries()) {
    const { writeId, amount } = request;
    if (request.visitId !== undefined) {
      yield* takenInVisit(world, settings, index, request);
      continue;
    }
    const waited = mirror.open?.writeId === writeId && !world.inDoubt;
    const arrived = { ...world, requests: without(world.requests, index) };
    if (world.altegio + amount >= 0n) {
      const applied = post(arrived, amount, 'us', settings);
      yield { action: `apply${amount}`, world: waited ? { ...applied, answer: applied.altegio } : applied };
      if (waited && world.lost < settings.lost)
        yield { action: `applyLost${amount}`, world: doubt({ ...applied, lost: world.lost + 1 }) };
    } else yield { action: 'refused', world: waited ? withMirror(arrived, refused(mirror)) : arrived };
    if (waited && world.lost < settings.lost)
      yield { action: 'dropped', world: doubt({ ...arrived, lost: world.lost + 1 }) };
    if (waited && world.late < settings.late)
      yield { action: 'slow', world: doubt({ ...world, late: world.late + 1 }) };
  }
  if (world.answer !== null && mirror.open && mirror.open.visitId == null)
    yield { action: 'answer', world: { ...withMirror(world, answered(mirror, world.answer).mirror), answer: null } };
}

function* service(world: World, settings: Settings, rules: Service): Generator<Transition> {
  const { mirror } = world;
  const { optimistic } = settings;
  // With optimistic reads a step uses a balance that was read earlier, and only while the mirror has not changed since.
  const usable = !optimistic ? world.altegio : world.read && !world.read.changed ? world.read.balance : null;
  const used = (after: World): World => (optimistic ? { ...after, read: null } : after);
  const lines = asLines(shown(world), rules);
  let needed = world.inDoubt || mirror.confirmed !== world.altegio;
  if (!mirror.open && lines.length > 0) {
    let asked = false;
    const taken = rules.tail(mirror, lines, () => {
      asked = true;
      return usable ?? mirror.confirmed;
    });
    needed ||= asked;
    if (!asked) yield { action: 'tail', world: afterClaims(world, taken) };
    else if (usable !== null) yield { action: 'tail', world: used(afterClaims(world, taken)) };
  }
  const overdue = rules.next(mirror, world.inDoubt, true);
  if (settings.unknown && overdue.step === 'declareUnknown')
    yield { action: 'declareUnknown', world: withMirror(world, declareUnknown(mirror)) };
  const step = rules.next(mirror, world.inDoubt, false);
  const sends = step.step === 'send' && world.sent < settings.sends;
  if (sends && settings.senders > 1) yield* openOne(world, settings, step);
  else if (sends && world.requests.length < 2) {
    const id = world.sent + 1;
    const write = { writeId: BigInt(id), amount: step.amount, baseline: step.baseline, sentAt: id };
    const sent = withMirror(world, open({ ...mirror, open: null }, write));
    const requests = [...world.requests, { writeId: write.writeId, amount: write.amount }];
    yield { action: `send${write.amount}`, world: { ...sent, requests, sent: id, inDoubt: false, answer: null } };
  }
  // Not asked of `next`: a mutant that sends while a write is open can still resolve the one it opened last.
  if (mirror.open && world.inDoubt && usable !== null && mirror.open.visitId == null) {
    const taken = rules.resolve(mirror, usable, lines);
    const sign = taken.claims.applied ? '+' : '-';
    yield { action: `resolve${sign}`, world: used({ ...afterClaims(world, taken), inDoubt: false, answer: null }) };
  }
  if (!mirror.open && usable !== null && usable !== mirror.confirmed)
    yield { action: 'read', world: used(withMirror(world, adoptRead(mirror, usable).mirror)) };
  if (optimistic && (!world.read || world.read.changed || world.read.balance !== world.altegio))
    yield { action: 'get', world: { ...world, read: { balance: world.altegio, changed: false } }, till: !needed };
}

/** All transitions of a state. */
export function* transitions(world: World, settings: Settings, rules: Service): Generator<Transition> {
  yield* tills(world, settings, rules);
  yield* others(world, settings);
  yield* visiting(world, settings);
  yield* settings.senders > 1 ? competing(world, settings, rules) : network(world, settings);
  yield* settledInVisit(world, rules);
  yield* service(world, settings, rules);
}

/** Nothing is under way and both books are equal, provably. */
export function atRest(world: World): boolean {
  const { mirror } = world;
  const idle = !mirror.open && world.requests.length === 0 && world.senders.length === 0;
  const quiet = idle && world.lines.length === 0 && mirror.unexplained === 0n;
  return quiet && target(mirror.balances) === mirror.confirmed && mirror.confirmed === world.altegio;
}
