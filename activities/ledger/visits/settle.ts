/**
 * A visit's transaction: withdrawals that Altegio made are named the visit's redemption, then the account is posted what the
 * visit has come to, less what it was posted before. All or nothing, and safe to repeat.
 */
import { ledgerAccounts } from '../../../domain/posting-plan.ts';
import { planVisitReturn } from '../../../domain/refund-plan.ts';
import { isOrderViolated, type VisitSums } from '../../../domain/visit.ts';
import { settleVisit, type VisitPosted, type VisitRules, type VisitSettlement } from '../../../domain/visit-settle.ts';
import { type Tx, transaction } from '../database.ts';
import { claimStoredLines, type MirrorDeps } from '../mirror-actions.ts';
import { lockPage, type Page } from '../page.ts';
import { type OperationRef, sendBreak, sendPosting } from '../posting.ts';
import { endEmptyVisitReviews, planVisitAccrual, sendVisitReview, type VisitSale } from './review.ts';
import { movedBy, sendRelabelled, unnamed, type VisitLineRow, visitLines, withdrawnBy } from './lines.ts';
import { lockVisit, sendInShadow, sendVisit, visitPostings, type VisitRow } from './row.ts';
import type { VisitRef } from './seen.ts';

/** How a visit stands for an account, and what was posted now. Amounts in minor units. */
export interface Settled {
  readonly outcome: 'settled';
  readonly sums: VisitSums;
  readonly violated: boolean;
  readonly posted: VisitPosted;
  readonly redeemed: bigint;
  readonly returned: bigint;
  readonly accrued: bigint;
  readonly clawedBack: bigint;
}

/** `again`: the card's journal has to be explained before. `unread`: the visit was never read for this account. */
export type VisitOutcome = Settled | { readonly outcome: 'again' | 'unread' };

/** Settles the visit for one account; `force` does not wait for lines that nobody has claimed. */
export async function settleStoredVisit(
  deps: MirrorDeps,
  ref: VisitRef,
  accountId: string,
  operation: OperationRef,
  force: boolean,
): Promise<VisitOutcome> {
  // A late write of ours among the lines needs a balance: converging reads it.
  await claimStoredLines(deps, accountId, null, operation, false);
  return await transaction(deps.pool, async (tx) => {
    const page = await lockPage(tx, accountId);
    const row = await lockVisit(tx, ref, accountId);
    if (!row) return { outcome: 'unread' };
    if (page.account.shadow) return settleInShadow({ tx, page, row, ref, operation });
    const lines = page.card ? await visitLines(tx, ref, page.card.cardId) : [];
    if (!force && isWaiting(page, lines)) return { outcome: 'again' };
    return await settleNow(deps, { tx, page, row, ref, operation }, lines);
  });
}

/** Something moved the card that has not been posted yet, so that there is nothing to name. */
function isWaiting({ card }: Page, lines: readonly VisitLineRow[]): boolean {
  if (!card || (unnamed(lines).length === 0 && lines.every(({ claim }) => claim !== null))) return false;
  return card.mirror.open !== null || card.mirror.unexplained !== 0n || lines.some(({ claim }) => claim === null);
}

/** One visit's transaction. */
interface Settling {
  readonly tx: Tx;
  readonly page: Page;
  readonly row: VisitRow;
  readonly ref: VisitRef;
  readonly operation: OperationRef;
}

const rulesOf = ({ page, row, ref }: Settling): VisitRules => ({
  settings: row.settings,
  spentBefore: page.account.spent,
  locationId: ref.locationId,
  customerTypeId: row.customerTypeId,
});

/** A visit counts as a sale when money came, and when it is paid in full for the first time. */
const isSale = ({ row }: Settling, { sums, spent }: VisitSettlement): boolean =>
  sums.state === 'settled' && (spent > 0n || !row.settledBefore);

/**
 * Keeps what the visit has come to and would have earned beyond what it was posted; no points are posted, and no line of
 * Altegio's is named. Its rate is fixed and its money counts, as a till's sale in shadow does.
 */
function settleInShadow(settling: Settling): Settled {
  const { tx, page, row, ref, operation } = settling;
  const share = { records: row.records, withdrawn: 0n, tills: row.tills };
  const settlement = settleVisit(row.facts, row.paidBefore, share, rulesOf(settling), row.posted);
  const { sums, spent } = settlement;
  const posted = { ...row.posted, spent: settlement.posted.spent, percent: settlement.posted.percent };
  const violated = isOrderViolated(row.facts);
  sendPosting(tx, page, operation, { spent, sale: isSale(settling, settlement) });
  sendVisit(tx, ref, page.account.id, { sums, posted, violated, version: row.version });
  sendInShadow(tx, ref, page.account.id, settlement.accrue);
  return {
    outcome: 'settled',
    sums,
    violated,
    posted,
    redeemed: 0n,
    returned: 0n,
    accrued: 0n,
    clawedBack: 0n,
  };
}

const reasonOf = ({ visitId }: VisitRef): string => `visit ${visitId}`;

async function settleNow(
  deps: Pick<MirrorDeps, 'newBreakId'>,
  settling: Settling,
  lines: readonly VisitLineRow[],
): Promise<Settled> {
  const { tx, page, row, ref, operation } = settling;
  const { account } = page;
  const ready = page.card?.mirror.unexplained === 0n ? unnamed(lines) : [];
  const named = await nameLines(settling, ready);
  const waiting = unnamed(lines).filter((line) => !ready.includes(line));
  const withdrawn = withdrawnBy(lines) - withdrawnBy(waiting);
  const posted = { ...row.posted, redeemed: row.posted.redeemed + named };
  const { records } = row;
  // What it would have earned in shadow is never posted: it counts as given, as what its till payments have earned does.
  const tills = { ...row.tills, accrued: row.tills.accrued + row.inShadow };
  const rules = rulesOf(settling);
  const settlement = settleVisit(row.facts, row.paidBefore, { records, withdrawn, tills }, rules, posted);
  const took = await post(deps, settling, settlement);
  sendRelabelled(tx, ref.chainId, ready, operation.id);
  const uncollected = settlement.posted.uncollected + settlement.clawback - took.clawedBack;
  const final = { ...settlement.posted, uncollected };
  const violated = isOrderViolated(row.facts);
  sendVisit(tx, ref, account.id, { sums: settlement.sums, posted: final, violated, version: row.version });
  return { outcome: 'settled', sums: settlement.sums, violated, posted: final, ...took };
}

/** Names withdrawals, and puts points of cancelled ones where they came from. @returns what is redeemed more by it */
async function nameLines(settling: Settling, lines: readonly VisitLineRow[]): Promise<bigint> {
  const { tx, page, ref } = settling;
  const cameIn = new Set<bigint>();
  let redeemed = 0n;
  let putBack = 0n;
  for (const line of lines) {
    const parts = await movedBy(tx, page, line);
    const cancelled = line.amount > 0n;
    page.book.relabel(cancelled ? 'refund' : 'redemption', parts, line.driftId, reasonOf(ref));
    redeemed -= line.amount;
    if (!cancelled) continue;
    putBack += line.amount;
    for (const { lotId } of parts) if (lotId !== null) cameIn.add(lotId);
  }
  if (putBack === 0n) return redeemed;
  const { planned, lots } = await planReturn(settling, putBack, 0n);
  page.book.rehome(
    planned,
    putBack,
    lots.filter(({ id }) => cameIn.has(id)),
  );
  return redeemed;
}

/** Plans what goes back, from everything that the visit has posted; what is planned until now is sent before. */
async function planReturn({ tx, page, row, operation }: Settling, points: bigint, clawback: bigint) {
  sendPosting(tx, page, operation);
  const { account, now } = page;
  const { own, lots } = await visitPostings(tx, account.id, operation.workflowId);
  const accounts = ledgerAccounts(account.id, account.programId, account.chainId);
  const at = { now: now.getTime(), timeZone: account.settings.timeZone ?? row.timeZone };
  return { planned: planVisitReturn({ own, lots, accounts }, { points, clawback }, account.settings, at), lots };
}

type Took = Pick<Settled, 'redeemed' | 'returned' | 'accrued' | 'clawedBack'>;

/** Posts the differences: what is taken back first, then what is given. */
async function post(
  deps: Pick<MirrorDeps, 'newBreakId'>,
  settling: Settling,
  settlement: VisitSettlement,
): Promise<Took> {
  const { redeem, accrue, clawback, spent, sums } = settlement;
  const { tx, page, row, ref, operation } = settling;
  const { book } = page;
  const returned = redeem < 0n ? -redeem : 0n;
  let indebted = redeem > 0n ? book.redeemInVisit(redeem, reasonOf(ref)).indebted : 0n;
  let clawedBack = 0n;
  if (returned > 0n || clawback > 0n) {
    const done = book.refund((await planReturn(settling, returned, clawback)).planned);
    clawedBack = done.takenBack;
    indebted += done.indebted;
  }
  const sale: VisitSale = { ref, timeZone: row.timeZone, bill: sums.sold - sums.discount };
  const review = accrue > 0n ? await planVisitAccrual(tx, page, sale, row.settings, accrue) : null;
  sendPosting(tx, page, operation, { spent, sale: isSale(settling, settlement) });
  if (review) sendVisitReview(tx, page, sale, review);
  endEmptyVisitReviews(tx, page, ref, operation);
  if (indebted > 0n) sendBreak(tx, page, operation.id, { id: deps.newBreakId(), kind: 'debt', amount: indebted });
  return { redeemed: redeem > 0n ? redeem : 0n, returned, accrued: accrue, clawedBack };
}
