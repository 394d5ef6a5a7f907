/**
 * The proof of one operation: key → request → workflow → Altegio's write → journal line → transfers → both balances,
 * computed again from what is stored each time it is asked for. One place for the command and for both doors.
 */
import type pg from 'pg';
import { formatAmount } from '../../../domain/money.ts';
import { type ChainedTransfer, sealOf, transferHash } from './canonical.ts';
import { type Evidence, readEvidence, type Subject, type WriteRow } from './evidence.ts';
import type { HistoryFacts } from './history-facts.ts';
import { judge, type HistoryRead } from './judge.ts';
import { FREE } from './judge-decision.ts';
import { lineOf } from './links.ts';
import { rootOf } from './roots.ts';
import { Say } from './say.ts';
import { Sums } from './sums.ts';

/** A journal line as Altegio shows it now. */
export interface LiveLine {
  readonly id: bigint;
  readonly cardId: bigint;
  readonly amount: bigint;
}

/** What a proof is made with. */
export interface ProofSources {
  readonly pool: pg.Pool;
  /** The run's history in Temporal; null when Temporal has forgotten it. @throws when it cannot be asked */
  readonly history: (workflowId: string, runId: string) => Promise<HistoryFacts | null>;
  /** Altegio's journal of these days, read now; without it the stored lines are taken. */
  readonly journal?: (chainId: bigint, from: Date, to: Date) => Promise<readonly LiveLine[]>;
}

export type Proof = NonNullable<Awaited<ReturnType<typeof prove>>>;

const amount = (minor: bigint | null | undefined) =>
  minor === null || minor === undefined ? null : formatAmount(minor);
const time = (at: Date | null | undefined) => at?.toISOString() ?? null;
const microsToTime = (micros: string | null) => new Date(Number(BigInt(micros ?? '0') / 1_000n)).toISOString();

/** Proves a payment or an operation; null when there is none of that name. */
export async function prove(sources: ProofSources, subject: Subject) {
  const evidence = await readEvidence(sources.pool, subject);
  if (!evidence) return null;
  const say = new Say();
  const history = await readHistory(sources, evidence);
  const netting = judge(evidence, history, say);
  const live = await compareLive(sources, evidence, netting, say);
  const proof = await document(sources.pool, evidence, history, netting, live, say);
  return { ...proof, seal: sealOf(proof) };
}

async function readHistory({ history }: ProofSources, { operation, kept }: Evidence): Promise<HistoryRead> {
  if (!operation) return { source: 'none', facts: null, why: 'no workflow has worked on it' };
  let why = 'Temporal does not have it any more';
  try {
    const facts = await history(operation.workflow_id, operation.run_id);
    if (facts) return { source: 'temporal', facts, why: null };
  } catch {
    why = 'Temporal cannot be asked now';
  }
  return kept?.facts ? { source: 'digest', facts: kept.facts, why } : { source: 'none', facts: null, why };
}

const DAY_MS = 86_400_000;

/** Looks every line up again in Altegio; null when that was not asked for. */
async function compareLive(
  { journal }: ProofSources,
  evidence: Evidence,
  netting: readonly WriteRow[],
  say: Say,
): Promise<boolean | null> {
  const chainId = evidence.operation?.chain_id;
  if (!journal || chainId === undefined) return null;
  for (const write of netting) {
    const line = lineOf(evidence, write);
    if (!line) continue;
    const since = new Date(write.created_at.getTime() - DAY_MS);
    const shown = await journal(chainId, since, new Date(line.first_seen_at.getTime() + DAY_MS));
    const now = shown.find(({ id }) => id === line.line_id);
    if (!now) say.wrong('line', `Altegio does not show journal line ${line.line_id} any more`);
    else if (now.amount !== line.amount || now.cardId !== line.card_id)
      say.wrong('line', `Altegio shows journal line ${line.line_id} with another amount or card than is stored`);
  }
  return true;
}

const SENTENCES = {
  exactly_once: 'EXACTLY ONCE',
  not_finished: 'NOT FINISHED YET',
  wrong: 'WRONG',
} as const;

function sentenceOf({ payment }: Evidence, netting: readonly WriteRow[], say: Say): string {
  const { verdict } = say;
  if (verdict !== 'exactly_once') {
    const weight = verdict === 'wrong' ? 'wrong' : 'waiting';
    const why = say.all.filter((said) => said.weight === weight).map(({ sentence }) => sentence);
    return `${SENTENCES[verdict]}: ${why.join('; ')}.`;
  }
  const took =
    payment && FREE.has(payment.state)
      ? `it was ${payment.state.toLowerCase()} and has taken nothing`
      : netting.length === 0
        ? 'both books moved together, and Altegio needed no write'
        : `each transfer stands once in the ledger and once in Altegio (${netting.length === 1 ? 'one write' : `${netting.length} writes`})`;
  return `${SENTENCES.exactly_once}: ${took}.`;
}

function booksOf({ transfers, payment }: Evidence, own: readonly ChainedTransfer[], netting: readonly WriteRow[]) {
  const ids = own.map((row) => BigInt(row.id ?? '0'));
  // What Altegio had moved itself, taken over on the way, comes before: both books then begin at the same balance.
  const begins = own.find(({ code }) => code !== 'opening' && code !== 'external') ?? own[0];
  const first = begins ? BigInt(begins.id ?? '0') : undefined;
  const last = ids.at(-1);
  const at = (includes: (id: bigint) => boolean) => {
    const sums = new Sums();
    for (const row of transfers) if (includes(BigInt(row.id ?? '0'))) sums.add(row);
    return { active: formatAmount(sums.active), pending: formatAmount(sums.pending), debt: formatAmount(sums.debt) };
  };
  const [begun] = netting;
  const ended = netting.at(-1);
  return {
    ledger:
      first === undefined || last === undefined
        ? null
        : { before: at((id) => id < first), after: at((id) => id <= last) },
    altegio:
      begun && ended
        ? {
            before: formatAmount(begun.baseline),
            after: formatAmount(ended.answered_balance ?? ended.baseline + ended.amount),
          }
        : payment?.seen
          ? { before: payment.seen, after: payment.seen }
          : null,
  };
}

async function document(
  pool: pg.Pool,
  evidence: Evidence,
  history: HistoryRead,
  netting: readonly WriteRow[],
  live: boolean | null,
  say: Say,
) {
  const { payment, operation, attempts, keys, drifts, lines } = evidence;
  const own = operation ? evidence.transfers.filter((row) => row.operation === operation.id) : [];
  const lastAt = own.at(-1)?.learned_at;
  const root = operation && lastAt ? await rootOf(pool, operation.chain_id, new Date(microsToTime(lastAt))) : null;
  const driftIds = new Set(own.map((row) => row.drift_id));
  const { facts } = history;
  return {
    verdict: say.verdict,
    sentence: sentenceOf(evidence, netting, say),
    findings: say.all,
    accountId: evidence.account?.id ?? null,
    payment: payment && {
      id: payment.id,
      locationId: String(payment.location_id),
      receipt: payment.receipt,
      state: payment.state,
      total: formatAmount(payment.total),
      redeem: payment.redeem,
      redeemed: amount(payment.redeemed),
      due: amount(payment.due),
      accrued: amount(payment.accrued),
      declined: payment.declined?.code ?? null,
      askedAt: time(payment.created_at),
      decidedAt: time(payment.decided_at),
    },
    attempts: attempts.map(({ id, attempt, state }) => ({ id, attempt, state })),
    keys: keys.map(({ key, payment_id: paymentId, created_at: at }) => ({ key, paymentId, at: time(at) })),
    workflow: operation && {
      operation: operation.id,
      workflowId: operation.workflow_id,
      runId: operation.run_id,
      kind: operation.kind,
      state: operation.state,
      source: history.source,
      why: history.why,
      closedAs: facts?.closedAs ?? null,
      events: facts?.events ?? null,
      digest: facts?.digest ?? null,
      steps: facts?.steps ?? [],
    },
    writes: netting.map((write) => {
      const line = lineOf(evidence, write);
      return {
        id: String(write.id),
        cardId: String(write.card_id),
        state: write.state,
        amount: formatAmount(write.amount),
        title: write.title,
        before: formatAmount(write.baseline),
        after: formatAmount(write.answered_balance ?? write.baseline + write.amount),
        operations: write.operations,
        transfersUpTo: String(write.transfers_up_to),
        sentAt: time(write.created_at),
        line: line && {
          id: String(line.line_id),
          type: line.type_id,
          amount: formatAmount(line.amount),
          claim: line.claim,
          ambiguous: line.ambiguous,
          firstSeenAt: time(line.first_seen_at),
        },
      };
    }),
    drifts: drifts
      .filter(({ id }) => driftIds.has(String(id)))
      .map((drift) => ({
        id: String(drift.id),
        amount: formatAmount(drift.amount),
        lines: lines
          .filter(({ drift_id: id }) => id === drift.id)
          .map((line) => ({ id: String(line.line_id), amount: formatAmount(line.amount), cause: line.cause })),
      })),
    transfers: own.map((row) => ({
      id: row.id,
      code: row.code,
      debit: row.debit_account,
      credit: row.credit_account,
      amount: formatAmount(BigInt(row.amount ?? '0')),
      learnedAt: microsToTime(row.learned_at),
      prevHash: row.prev_hash,
      hash: row.hash,
      intact: transferHash(row.prev_hash, row) === row.hash,
    })),
    books: booksOf(evidence, own, netting),
    root: root && { day: root.day, root: root.root },
    live,
  };
}
