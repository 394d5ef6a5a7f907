/** What a run says at its end: one table, the differences, and what the figures were measured under. */
import { PARTS, type PartKind } from '../trial/parts.ts';
import type { Tuning } from '../trial/stack.ts';
import { type CustomerSums, differs } from '../trial/sums.ts';
import { differencesTable, named, row, spell, sumsJson, total, wrap } from '../trial/table.ts';
import { type Kind, KINDS } from './book.ts';
import { COUNTED_FROM } from './counters.ts';
import type { Figures } from '../trial/figures.ts';
import { FAULT_KINDS, type FaultKind } from './plan-actions.ts';

/** Everything that a run found out. */
export interface RunResult {
  readonly seed: number;
  readonly digest: string;
  readonly sameAmounts: boolean;
  readonly operations: number;
  readonly succeeded: number;
  readonly refused: number;
  /** Asked about at the end, because no answer came while everything broke. */
  readonly unanswered: number;
  readonly seconds: number;
  readonly done: ReadonlyMap<Kind, number>;
  readonly kills: Readonly<Record<PartKind, number>>;
  readonly endedByItself: Readonly<Record<PartKind, number>>;
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly operatorRetries: number;
  readonly figures: Figures;
  readonly sums: readonly CustomerSums[];
  readonly contradictions: readonly string[];
  readonly quiet: boolean;
  readonly waitsFor: string;
  readonly missing: readonly string[];
  readonly isVoid: boolean;
  readonly tuning: Tuning;
}

/** The table, no line longer than 100 characters. */
export function tableOf(run: RunResult): string[] {
  const { figures, kills, endedByItself } = run;
  const faults = FAULT_KINDS.map((kind) => [kind, run.faults.get(kind) ?? 0] as const);
  const outcomes = `succeeded ${run.succeeded}, refused ${run.refused}, not answered in time ${run.unanswered}`;
  return [
    '',
    ...row('operations', run.operations, outcomes),
    ...row('done', run.succeeded, named(KINDS.map((kind) => [kind, run.done.get(kind) ?? 0]))),
    ...row(
      'faults',
      faults.reduce((sum, [, count]) => sum + count, 0),
      named(faults),
    ),
    ...row('restarts after kill -9', total(kills), named(PARTS.map((part) => [part, kills[part]]))),
    ...row('ended by itself', total(endedByItself), named(PARTS.map((part) => [part, endedByItself[part]]))),
    ...row('writes sent', figures.writesSent),
    ...row('writes applied', figures.writesApplied),
    ...row('in doubt', figures.inDoubt),
    ...row('resolved', figures.resolved, figures.lateTwins > 0 ? `late twins among them ${figures.lateTwins}` : ''),
    ...row('breaks', total(figures.breaks), named(Object.entries(figures.breaks))),
    ...row('ambiguous', figures.ambiguous),
    ...row('payments undecided', figures.undecided),
    ...row('operator retries', run.operatorRetries),
    '',
    ...differencesTable(run.sums, "the tool's list"),
    '',
    ...conditions(run),
  ];
}

function conditions(run: RunResult): string[] {
  const { perSecond, perMinute, altegioTimeoutMs } = run.tuning;
  return [
    `  Seed ${run.seed}, schedule ${run.digest.slice(0, 16)}, ${Math.round(run.seconds)} s.`,
    `  Altegio's limits were raised on both sides to ${perSecond} calls a second and ${perMinute} a minute; its deadline`,
    `  was shortened to ${altegioTimeoutMs} ms; the journal's minute was not waited for at the end.`,
    run.sameAmounts
      ? '  Staff changed cards by amounts that payments have too: the honest limit is part of this run.'
      : '  Staff moved amounts that no write of ours can have: the honest limit is not part of this run.',
  ];
}

/** Whether all sums agree and no answer was contradicted. */
export function isRight({ sums, contradictions }: Pick<RunResult, 'sums' | 'contradictions'>): boolean {
  return contradictions.length === 0 && !sums.some(differs);
}

/** 0 right, 1 not right or not quiet, 2 void. */
export function exitCodeOf(run: RunResult): 0 | 1 | 2 {
  if (!run.quiet || !isRight(run)) return 1;
  return run.isVoid ? 2 : 0;
}

/** The last lines: how it went, in sentences. */
export function verdictOf(run: RunResult): string[] {
  const { missing } = run;
  const short = run.operations < COUNTED_FROM ? `Runs under ${COUNTED_FROM} operations do not count; missing` : 'Void';
  const sentences = [
    ...(run.quiet ? [] : [`Not at rest: ${run.waitsFor}.`]),
    ...run.sums.filter(differs).map(spell),
    ...run.contradictions,
    ...(missing.length > 0 ? [`${short}: ${missing.join('; ')}.`] : []),
    isRight(run) && run.quiet
      ? 'All three sums agree: 0 differences.'
      : 'The sums do not agree, or nobody can tell yet.',
  ];
  return sentences.flatMap((sentence) => wrap('', sentence, '  '));
}

/** The same for `--json`: amounts as decimal texts. */
export function jsonOf(run: RunResult): object {
  const { sums, faults, done, ...rest } = run;
  const counts = { faults: Object.fromEntries(faults), done: Object.fromEntries(done) };
  return { ...rest, ...counts, ...sumsJson(sums), exitCode: exitCodeOf(run) };
}
