/**
 * Who a journal line belongs to. Lines carry neither title nor time, so a write of ours is recognised by its amount; only
 * those of a visit name it.
 */
import type { Minor } from './money.ts';

/** A write of ours that can still claim a journal line. `sentAt` shares its clock with {@link Line.firstSeenAt}. */
export interface Outstanding {
  readonly writeId: bigint;
  readonly amount: Minor;
  readonly sentAt: number;
  /** From then on a line cannot be this write's any more: its journal was read complete long after its window. */
  readonly forgottenAt?: number | null;
  /** Of a write in a visit, whose lines all name it: the amount says nothing then. */
  readonly visitId?: bigint | null;
}

/** The one write under way. `baseline` is the balance it was computed on. */
export interface OpenWrite extends Outstanding {
  readonly baseline: Minor;
}

/** A journal line nobody has claimed yet; `amount` is signed as it moved the card. */
export interface Line {
  readonly id: bigint;
  readonly amount: Minor;
  readonly firstSeenAt: number;
  /** Of a kind that no manual write of ours makes, such as a withdrawal in a visit. */
  readonly foreign?: boolean;
  readonly visitId?: bigint | null;
}

/** Who a line belongs to. `ambiguous` when it could have been somebody else's as well. */
export interface Claim {
  readonly lineId: bigint;
  readonly as: 'write' | 'doubt' | 'twin' | 'external';
  readonly writeId: bigint | null;
  readonly ambiguous: boolean;
}

/** The outcome of claiming lines: each line once. */
export interface Claims {
  readonly claims: readonly Claim[];
  /** The write in doubt found its line. */
  readonly applied: boolean;
  /** Sum of lines of other people. */
  readonly external: Minor;
  /** Sum of lines of writes that had been given up. */
  readonly twins: Minor;
  readonly awaiting: readonly Outstanding[];
  readonly given: readonly Outstanding[];
}

/** By the visit and the direction, or outside a visit by the amount. */
const fits = ({ amount, visitId = null }: Outstanding, line: Line): boolean =>
  visitId === null
    ? !line.foreign && amount === line.amount
    : visitId === line.visitId && amount < 0n === line.amount < 0n;

const canBe = (write: Outstanding, line: Line): boolean =>
  fits(write, line) && write.sentAt <= line.firstSeenAt && line.firstSeenAt <= (write.forgottenAt ?? Infinity);

/**
 * Takes the oldest write that the line can belong to; a line seen before a write was sent is never that write's. One in a
 * visit stays: Altegio splits it into a line for each item.
 */
function takeMatch(writes: Outstanding[], line: Line): Outstanding | null {
  const write = writes.find((candidate) => canBe(candidate, line));
  if (write && write.visitId == null) writes.splice(writes.indexOf(write), 1);
  return write ?? null;
}

/**
 * Claims every line: first for a confirmed write, then for the write in doubt, then for one given up, else external.
 * Lines are taken as they were first seen, whatever their order here: an early line has fewer writes to choose from.
 * A claim by amount is ambiguous when our outcome was not certain and more lines came that can be ours than we have
 * writes for: then one of them is somebody else's and the lines do not say which. A late twin always is: we had
 * concluded that it was not applied, and a change of somebody else by the same amount looks exactly like it.
 */
export function claimLines(
  mirror: { readonly awaiting: readonly Outstanding[]; readonly given: readonly Outstanding[] },
  lines: readonly Line[],
  doubt: OpenWrite | null,
): Claims {
  const awaiting = [...mirror.awaiting];
  const given = [...mirror.given];
  const doubted: Outstanding[] = doubt ? [doubt] : [];
  const uncertain = [...doubted, ...given];
  const decided = new Map<Line, Pick<Claim, 'as' | 'writeId'>>();
  const contested = new Set<Minor>();
  let external = 0n;
  let twins = 0n;
  for (const line of [...lines].sort((a, b) => a.firstSeenAt - b.firstSeenAt)) {
    const own = takeMatch(awaiting, line);
    const inDoubt = own ? null : takeMatch(doubted, line);
    const twin = own || inDoubt ? null : takeMatch(given, line);
    const write = own ?? inDoubt ?? twin;
    if (twin) twins += line.amount;
    if (!write) external += line.amount;
    if (!write && uncertain.some((candidate) => canBe(candidate, line))) contested.add(line.amount);
    decided.set(line, {
      as: own ? 'write' : inDoubt ? 'doubt' : twin ? 'twin' : 'external',
      writeId: write?.writeId ?? null,
    });
  }
  const claims = lines.map((line) => ({
    lineId: line.id,
    ...(decided.get(line) ?? { as: 'external' as const, writeId: null }),
    ambiguous:
      decided.get(line)?.as === 'twin' || (contested.has(line.amount) && uncertain.some((write) => canBe(write, line))),
  }));
  return { claims, applied: doubt !== null && doubted.length === 0, external, twins, awaiting, given };
}

/**
 * What the ledger has to post as `external`, beyond what it has, when an ambiguous line is read the other way; null when
 * the other reading moves nothing.
 *
 * A line read as the write in doubt, or as a late twin, was taken for ours: the target did not follow it. If it was
 * somebody else's, our write never took effect, and the target has to follow by the line's amount; the next write then
 * carries what is missing to Altegio. That holds for both: the doubt left the target alone because the write explained
 * the balance, the twin gave the target back what the drift had taken.
 *
 * A line read as external is ambiguous only beside a line of the same amount that one of our writes has claimed, because
 * there were more lines than writes. To call it ours is to call that other line somebody else's: the two change places,
 * and as their amounts are equal both books stay as they are. The same holds for the line of a write that was answered:
 * that write has certainly taken effect, so some line is its own.
 */
export function otherReading(as: Claim['as'], amount: Minor): Minor | null {
  return as === 'doubt' || as === 'twin' ? amount : null;
}
