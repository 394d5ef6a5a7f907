/** A proof as a person reads it in a terminal, top to bottom. */
import type { Proof } from '../activities/ledger/proof/prove.ts';
import { JOURNAL_TYPE_NAMES } from '../domain/journal.ts';

const SOURCES = {
  temporal: 'read from Temporal',
  digest: 'from the digest kept when it closed',
  none: 'history not readable',
} as const;

/** The lines to print. */
export function* proofLines(proof: Proof): Generator<string> {
  const { payment, workflow, books } = proof;
  if (payment) {
    const keys = proof.keys.map(({ key }) => key).join(', ') || 'none';
    yield `Key        ${keys}`;
    yield `Request    receipt ${payment.receipt} at location ${payment.locationId}: total ${payment.total}, redeem ${payment.redeem}`;
    yield `Attempts   ${proof.attempts.map(({ attempt, state }) => `${attempt} ${state}`).join(', ')}`;
  }
  if (workflow) {
    yield `Workflow   ${workflow.workflowId}, run ${workflow.runId}, ${SOURCES[workflow.source]}${workflow.why ? ` (${workflow.why})` : ''}`;
    for (const { step, result } of workflow.steps) yield `           ${step} ${JSON.stringify(result)}`;
  }
  for (const { id, code, amount, debit, credit, hash, intact } of proof.transfers) {
    yield `Transfer   ${id} ${code} ${amount}  ${debit} → ${credit}`;
    yield `           ${hash}${intact ? '' : '  DOES NOT FIT ITS COLUMNS'}`;
  }
  for (const { id, amount, before, after, title, line } of proof.writes) {
    yield `Altegio    write ${id}: ${before} → ${after} (${amount}), "${title}"`;
    yield line
      ? `Journal    line ${line.id}, ${JOURNAL_TYPE_NAMES[line.type] ?? `type ${line.type}`}, ${line.amount}${proof.live ? ', shown by Altegio just now' : ''}`
      : 'Journal    no line yet';
  }
  for (const { amount, lines } of proof.drifts)
    yield `Others     ${amount}: ${lines.map(({ id, cause }) => `line ${id} (${cause})`).join(', ') || 'no line'}`;
  if (books.ledger) yield `Ledger     ${books.ledger.before.active} → ${books.ledger.after.active}`;
  if (books.altegio) yield `Altegio    ${books.altegio.before} → ${books.altegio.after}`;
  if (proof.root) yield `Root       ${proof.root.day} ${proof.root.root}`;
  for (const { weight, sentence } of proof.findings)
    yield `${weight === 'note' ? 'Note' : weight.toUpperCase()}: ${sentence}.`;
  yield `Seal       ${proof.seal}`;
  yield proof.sentence;
}
