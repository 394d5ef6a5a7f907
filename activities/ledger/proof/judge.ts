/** Judging the evidence link by link. Pure: what it says depends on what it is given alone. */
import { formatAmount, formatSigned } from '../../../domain/money.ts';
import type { ChainedTransfer } from './canonical.ts';
import { ChainWalk } from './chain-walk.ts';
import type { Evidence, WriteRow } from './evidence.ts';
import type { HistoryFacts } from './history-facts.ts';
import { FREE, judgeDecision, judgeRefunds, sumOf } from './judge-decision.ts';
import { checkWrite, type Move, movesOf, writeOf } from './links.ts';
import type { Say } from './say.ts';

/** The history of the run, and where it was read. */
export interface HistoryRead {
  /** Temporal itself, the digest that was kept, or neither. */
  readonly source: 'temporal' | 'digest' | 'none';
  readonly facts: HistoryFacts | null;
  /** Why Temporal was not asked or did not tell. */
  readonly why: string | null;
}

/** Says what is wrong or missing in the whole chain from the request to both balances. */
export function judge(evidence: Evidence, history: HistoryRead, say: Say): WriteRow[] {
  const { operation } = evidence;
  const own = operation ? evidence.transfers.filter((row) => row.operation === operation.id) : [];
  judgeRequest(evidence, say);
  judgeTransfers(evidence, own, say);
  judgeRefunds(evidence, history.facts, say);
  judgeHistory(evidence, history, own, say);
  return judgeMirror(evidence, own, say);
}

function judgeRequest({ payment, attempts }: Evidence, say: Say): void {
  if (!payment) return;
  const decided = attempts.filter(({ state }) => !FREE.has(state));
  if (decided.length > 1) {
    const names = decided.map(({ attempt, state }) => `attempt ${attempt} (${state})`).join(' and ');
    say.wrong('request', `receipt ${payment.receipt} was taken more than once: ${names}`);
  }
  if (payment.state === 'PENDING') say.waiting('request', 'the payment is not decided yet');
  if (payment.state === 'AUTHORIZED') say.waiting('request', 'points are reserved until they are captured or voided');
}

function judgeTransfers(evidence: Evidence, own: readonly ChainedTransfer[], say: Say): void {
  const { account, transfers, operation, payment } = evidence;
  if (!account) return;
  const walk = new ChainWalk(account.id);
  for (const row of transfers) walk.add(row);
  for (const { sentence } of walk.end(account.tip, [])) say.wrong('transfer', sentence);
  if (operation && own.length !== operation.next_seq - 1)
    say.wrong(
      'transfer',
      `the operation has made ${operation.next_seq - 1} transfers, and the ledger holds ${own.length} of it`,
    );
  if (!payment) return;
  for (const [code, said] of [
    ['redemption', payment.redeemed ?? 0n],
    ['accrual', payment.accrued ?? 0n],
  ] as const) {
    const made = sumOf(own, code);
    if (payment.state === 'PENDING' ? made !== 0n : made !== said)
      say.wrong(
        'transfer',
        `the payment says ${code} ${formatAmount(said)}, and its transfers make ${formatAmount(made)}`,
      );
  }
}

function judgeHistory(evidence: Evidence, history: HistoryRead, own: readonly ChainedTransfer[], say: Say): void {
  const { operation, payment, kept } = evidence;
  const { facts } = history;
  if (!operation) {
    if (payment && payment.state !== 'PENDING' && !FREE.has(payment.state))
      say.wrong('workflow', 'the payment is decided, and no operation of a workflow has decided it');
    return;
  }
  if (!facts) {
    say.note(
      'workflow',
      `the workflow's history could not be read: ${history.why ?? 'it is not kept'}; the ledger is proven alone`,
    );
    return;
  }
  if (facts.runId !== operation.run_id)
    say.wrong('workflow', `the operation names run ${operation.run_id}, and the history is of run ${facts.runId}`);
  if (history.source === 'temporal' && kept?.digest && kept.digest !== facts.digest)
    say.wrong('workflow', 'the history in Temporal is not the one whose digest was kept when the workflow closed');
  if (history.source === 'digest' && facts.digest !== kept?.digest)
    say.wrong('workflow', 'the kept history and its digest do not belong together');
  if (facts.closedAs === null) say.waiting('workflow', 'the workflow has not closed yet');
  if (payment) judgeDecision(evidence, facts, own, say);
}

function judgeMirror(evidence: Evidence, own: readonly ChainedTransfer[], say: Say): WriteRow[] {
  const { operation, writes, account } = evidence;
  if (!operation) return [];
  if (operation.state === 'running') say.waiting('workflow', `the operation still runs${said(operation.waits_for)}`);
  if (operation.state === 'needs_operator')
    say.waiting('workflow', `the operation waits for a person${said(operation.waits_for)}`);
  const wanted = movesOf(evidence).filter((move) => move.operation === operation.id);
  const netting = writes.filter((write) => wanted.some((move) => writeOf(writes, move)?.id === write.id));
  for (const write of netting) checkWrite(evidence, operation.id, write, say);
  if (wanted.some((move) => !writeOf(writes, move))) judgeUnwritten(evidence, wanted, say);
  for (const write of writes) {
    const open = write.state === 'in_flight' || write.state === 'in_doubt';
    if (open && write.operations.includes(operation.id))
      say.waiting(
        'write',
        `write ${write.id} (${formatSigned(write.amount)}) is ${write.state === 'in_doubt' ? 'in doubt' : 'on its way'}`,
      );
  }
  judgeDrifts(evidence, own, say);
  const { target = 0n, confirmed = null } = account ?? {};
  if (operation.state === 'done' && confirmed !== null && confirmed !== target)
    say.note(
      'balance',
      `the books are moving again: the ledger is at ${formatAmount(target)}, Altegio at ${formatAmount(confirmed)}`,
    );
  return netting;
}

const said = (text: string | null): string => (text === null ? '' : `: ${text}`);

/** Nothing was written: either nothing had to be, or it is still to come. */
function judgeUnwritten(evidence: Evidence, wanted: readonly Move[], say: Say): void {
  const { account, operation, writes } = evidence;
  const unwritten = movesOf(evidence).filter((move) => !writeOf(writes, move));
  const net = unwritten
    .filter((move) => move.operation === operation?.id)
    .reduce((sum, { amount }) => sum + amount, 0n);
  const open = writes.some(({ state }) => state === 'in_flight' || state === 'in_doubt');
  const equal = account?.confirmed === account?.target && !open;
  if (net === 0n && equal) say.note('write', 'its transfers net to zero, so Altegio needed no write');
  else if (equal && unwritten.length > wanted.length)
    say.note('write', 'together with other transfers of the account it nets to zero, so Altegio needed no write');
  else if (equal && operation?.state === 'done')
    say.note('write', 'what Altegio moved itself has met it: both books are equal without a write');
  else if (operation?.state !== 'done' || open || account?.openWork)
    say.waiting('write', `Altegio has still to be told of ${formatSigned(net)}`);
  else say.wrong('write', `Altegio was never told of ${formatSigned(net)}, and nothing works on it`);
}

function judgeDrifts({ drifts, lines }: Evidence, own: readonly ChainedTransfer[], say: Say): void {
  const ids = new Set(own.map((row) => row.drift_id).filter((id) => id !== null));
  for (const drift of drifts) {
    if (!ids.has(String(drift.id))) continue;
    const named = lines.filter(({ drift_id: id }) => id === drift.id);
    const name = `the change of ${formatSigned(drift.amount)} that others made`;
    if (named.length > 0) continue;
    if (drift.unknown_at) say.note('line', `${name} was never named by Altegio's journal`);
    else if (!drift.explained_at) say.waiting('line', `${name} has not been named by Altegio's journal yet`);
  }
}
