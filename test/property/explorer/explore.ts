/** Visits every state of the small world, breadth first, and judges each. */
import { maximum } from '../../../domain/money.ts';
import { domain, type Service } from './service.ts';
import { atRest, transitions } from './transitions.ts';
import { begin, DEFAULTS, keyOf, type Settings, type World } from './world.ts';

/** What an exploration found. */
export interface Findings {
  readonly states: number;
  readonly complete: boolean;
  /** States at rest: nothing open, target = confirmed = Altegio, every line claimed. */
  readonly quiescent: number;
  /** States at rest whose ledger is not start − captured + external changes, though no line of staff was taken for ours. */
  readonly wrong: number;
  /** The same after a line of staff was taken for ours; `silent` are those where the domain marked no claim. */
  readonly ambiguous: number;
  readonly silent: number;
  /** Steps that let a till redeem more than the customer has because lines were matched. */
  readonly phantom: number;
  /** States not at rest where nothing can happen any more, short of a new customer or the bound on sends. */
  readonly stuck: number;
  /** Promises to a till above what the customer has, although the balance it read is still Altegio's. */
  readonly overpromised: number;
  /** States at rest where something declared unknown was never named. */
  readonly unnamed: number;
  /** The shortest ways to the first two states of each kind. */
  readonly traces: readonly string[];
}

/** Keeps an exploration that has become too large within a gigabyte; it then counts as incomplete. */
const LIMIT = 1_000_000;

/** What the customer truly has left to spend, whatever either book says. */
function truth(world: World, start: bigint): bigint {
  return maximum(0n, start - world.captured + world.external - world.mirror.balances.held);
}

/** Explores every interleaving within `bounds` and returns what it found. */
export function explore(bounds: Partial<Settings> = {}, service: Service = domain): Findings {
  const settings = { ...DEFAULTS, ...bounds };
  const first = begin(settings, service.claimsOpeningLine);
  const seen = new Set([keyOf(first)]);
  const states: World[] = [first];
  const parents: { from: number; action: string }[] = [{ from: -1, action: '' }];
  const count = { quiescent: 0, wrong: 0, ambiguous: 0, silent: 0, phantom: 0, stuck: 0, overpromised: 0, unnamed: 0 };
  const traces: string[] = [];

  const tell = (kind: keyof typeof count, index: number, last = ''): void => {
    count[kind] += 1;
    if (count[kind] > 2) return;
    const actions = [last];
    for (let at = index; at > 0; at = parents[at]?.from ?? 0) actions.unshift(parents[at]?.action ?? '');
    traces.push(`${kind}: ${actions.join(' ')}`);
  };

  for (let index = 0; index < states.length && states.length < LIMIT; index += 1) {
    const world = states[index] as World;
    const { balances, unknown } = world.mirror;
    const rest = atRest(world);
    if (rest) {
      count.quiescent += 1;
      const off = balances.active - balances.debt !== settings.start - world.captured + world.external;
      if (off && world.mistaken) {
        count.ambiguous += 1;
        if (!world.marked) count.silent += 1;
      } else if (off || (balances.debt > 0n && world.altegio > 0n)) tell('wrong', index);
      if (unknown !== 0n) tell('unnamed', index);
    }
    const owned = truth(world, settings.start);
    let moves = 0;
    for (const { action, world: after, till, promised } of transitions(world, settings, service)) {
      if (!till) moves += 1;
      const fresh = world.read?.balance === world.altegio;
      if (promised !== undefined && fresh && promised > owned) tell('overpromised', index, action);
      const before = service.spendable(balances, world.altegio);
      if (action === 'tail' && before <= owned && service.spendable(after.mirror.balances, after.altegio) > owned)
        tell('phantom', index, action);
      const key = keyOf(after);
      if (seen.has(key)) continue;
      seen.add(key);
      states.push(after);
      parents.push({ from: index, action });
    }
    if (moves === 0 && !rest && world.sent < settings.sends) tell('stuck', index);
  }
  return { states: states.length, complete: states.length < LIMIT, ...count, traces };
}

/** The settings of a world that differ from the usual ones, as text. */
export function settingsText(bounds: Partial<Settings>): string {
  const parts = Object.entries(bounds).map(([name, value]) => `${name} ${String(value)}`);
  return parts.join(', ') || 'as usual';
}

/** One table of what explorations found, for the end of a test file. */
export function printTable(title: string, rows: readonly { readonly name: string; readonly found: Findings }[]): void {
  const head = ['states', 'ends', 'wrong', 'stuck', 'ambiguous', 'silent', 'phantom'];
  const width = Math.max(...rows.map(({ name }) => name.length));
  const line = (name: string, cells: readonly (string | number)[]) =>
    `${name.padEnd(width)} ${cells.map((cell) => String(cell).padStart(9)).join(' ')}`;
  const lines = rows.map(({ name, found }) => {
    const { states, quiescent, wrong, stuck, ambiguous, silent, phantom } = found;
    return line(name, [states, quiescent, wrong, stuck, ambiguous, silent, phantom]);
  });
  console.log([title, line('', head), ...lines].join('\n'));
}
