/** Two processes that converge one card at the same time: each step of each, in any order, with pauses as long as it takes. */
import { answered, open, refused } from '../../../domain/mirror.ts';
import type { Service } from './service.ts';
import {
  doubt,
  post,
  type Request,
  type Sender,
  type Settings,
  type Transition,
  withMirror,
  without,
  type World,
} from './world.ts';

/** A process that is not busy commits the row of a write; it has not called Altegio yet. */
export function* openOne(
  world: World,
  settings: Settings,
  { amount, baseline }: { readonly amount: bigint; readonly baseline: bigint },
): Generator<Transition> {
  if (world.senders.length === settings.senders) return;
  const id = world.sent + 1;
  const writeId = BigInt(id);
  const opened = withMirror(world, open({ ...world.mirror, open: null }, { writeId, amount, baseline, sentAt: id }));
  const senders: Sender[] = [...world.senders, { writeId, amount, at: 'opened', answer: null }];
  yield { action: `open${amount}`, world: { ...opened, senders, sent: id, inDoubt: false } };
}

const isOpen = (world: World, writeId: bigint): boolean => world.mirror.open?.writeId === writeId;

/** The write was certainly not applied: its row is closed, unless somebody else has decided it. */
function notApplied(world: World, writeId: bigint): World {
  return isOpen(world, writeId) ? { ...withMirror(world, refused(world.mirror)), inDoubt: false } : world;
}

/** Everything that processes, the network and time may do with writes under way. */
export function* competing(world: World, settings: Settings, rules: Service): Generator<Transition> {
  for (const [index, sender] of world.senders.entries()) yield* senderSteps(world, settings, rules, index, sender);
  for (const [index, request] of world.requests.entries()) yield* arrivals(world, settings, index, request);
  yield* windowPasses(world, settings);
}

function* senderSteps(
  world: World,
  settings: Settings,
  rules: Service,
  index: number,
  sender: Sender,
): Generator<Transition> {
  const { writeId, amount, at, answer } = sender;
  const ended = { ...world, senders: without(world.senders, index) };
  // The sender's own clock, read right before the call: after the window it drops the call instead.
  const inTime = isOpen(world, writeId) && !world.inDoubt;
  if (at === 'opened' && inTime) {
    const senders = world.senders.map((other) => (other === sender ? { ...sender, at: 'called' as const } : other));
    yield { action: `call${amount}`, world: { ...world, senders, requests: [...world.requests, { writeId, amount }] } };
  }
  if (at === 'opened' && !inTime) yield { action: `tooLate${amount}`, world: notApplied(ended, writeId) };
  if (at === 'answered' && answer !== null) {
    const settles = rules.settles(world.mirror, writeId);
    const settled = () => ({ ...withMirror(ended, answered(world.mirror, answer).mirror), inDoubt: false });
    yield { action: `settle${amount}`, world: settles ? settled() : ended };
  }
  if (world.lost < settings.lost) yield { action: `kill@${at}`, world: { ...ended, lost: world.lost + 1 } };
}

function* arrivals(world: World, settings: Settings, index: number, request: Request): Generator<Transition> {
  const { writeId, amount } = request;
  const gone = { ...world, requests: without(world.requests, index) };
  const waiting = world.senders.find((sender) => sender.writeId === writeId && sender.at === 'called');
  const unwaited = { ...gone, senders: world.senders.filter((sender) => sender !== waiting) };
  if (world.altegio + amount >= 0n) {
    const applied = post(gone, amount, 'us', settings);
    const answer = { at: 'answered', answer: applied.altegio } as const;
    const senders = world.senders.map((sender) => (sender === waiting ? { ...sender, ...answer } : sender));
    yield { action: `apply${amount}`, world: { ...applied, senders } };
  } else yield { action: 'refused', world: waiting ? notApplied(unwaited, writeId) : gone };
  if (waiting && world.lost < settings.lost) yield { action: 'dropped', world: { ...unwaited, lost: world.lost + 1 } };
}

/** A request that is still under way then comes late; a sender that waits for it has given up long before. */
function* windowPasses(world: World, settings: Settings): Generator<Transition> {
  const { open: write } = world.mirror;
  if (!write || world.inDoubt) return;
  const underWay = world.requests.some(({ writeId }) => writeId === write.writeId);
  if (underWay && world.late === settings.late) return;
  const senders = world.senders.filter(({ writeId, at }) => writeId !== write.writeId || at !== 'called');
  yield { action: 'window', world: { ...doubt(world), senders, late: world.late + (underWay ? 1 : 0) } };
}
