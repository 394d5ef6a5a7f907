/** What a run says at its end: one table, the differences, and what the figures were measured under. */
import type { Figures } from '../trial/figures.ts';
import type { Tuning } from '../trial/stack.ts';
import { type CustomerSums, differs } from '../trial/sums.ts';
import { differencesTable, named, row, spell, sumsJson, total, wrap } from '../trial/table.ts';
import { type Answers, COUNTED_FROM_MINUTES, type Counts, HAPPENINGS, type Happening } from './tally.ts';

/** Everything that a run found out. */
export interface RunResult {
  readonly seed: number;
  readonly digest: string;
  readonly terminals: number;
  readonly minutes: number;
  /** Actions of the schedule, and those that were begun in time. */
  readonly planned: number;
  readonly played: number;
  readonly seconds: number;
  readonly counts: Counts;
  readonly answers: Answers;
  /** Receipts by what has become of them. */
  readonly receipts: Readonly<Record<string, number>>;
  readonly figures: Figures;
  readonly sums: readonly CustomerSums[];
  /** What is not as it was answered or promised, in sentences. */
  readonly contradictions: readonly string[];
  readonly quiet: boolean;
  readonly waitsFor: string;
  readonly missing: readonly string[];
  readonly isVoid: boolean;
  readonly tuning: Tuning;
}

/** The table, no line longer than 100 characters. */
export function tableOf(run: RunResult): string[] {
  const { answers, figures, receipts } = run;
  const times = `median ${answers.medianMs} ms, slowest ${answers.slowestMs} ms`;
  const happenings = Object.entries(HAPPENINGS) as [Happening, (typeof HAPPENINGS)[Happening]][];
  return [
    '',
    ...row('terminals', run.terminals),
    ...row('actions', run.played, run.played < run.planned ? `of ${run.planned} planned` : ''),
    ...row('receipts', total(receipts), named(Object.entries(receipts))),
    ...row('answers', answers.total, `${times}; by status: ${named(Object.entries(answers.statuses))}`),
    ...happenings.flatMap(([name, { label, least }]) =>
      row(label, run.counts[name], `at least ${least} in a run that counts`),
    ),
    ...row('writes sent to Altegio', figures.writesSent, `applied ${figures.writesApplied}`),
    ...row('breaks', total(figures.breaks), named(Object.entries(figures.breaks))),
    ...row('payments undecided', figures.undecided),
    '',
    ...differencesTable(run.sums, "tills' journals"),
    '',
    ...conditions(run),
  ];
}

function conditions({ seed, digest, seconds, tuning }: RunResult): string[] {
  return [
    `  Seed ${seed}, schedule ${digest.slice(0, 16)}, ${Math.round(seconds)} s.`,
    `  Altegio's limits were raised on both sides to ${tuning.perSecond} calls a second and ${tuning.perMinute} a minute:`,
    '  the protocol is measured, not the budget of calls. The journal was read at once at the end.',
  ];
}

/** Whether all sums agree and every answer was right and in time. */
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
  const short = run.minutes < COUNTED_FROM_MINUTES;
  const lacks = short ? `Runs under ${COUNTED_FROM_MINUTES} minutes do not count; missing` : 'Void';
  const sentences = [
    ...(run.quiet ? [] : [`Not at rest: ${run.waitsFor}.`]),
    ...run.sums.filter(differs).map(spell),
    ...run.contradictions,
    ...(missing.length > 0 ? [`${lacks}: ${missing.join('; ')}.`] : []),
    isRight(run) && run.quiet
      ? "Ledger, Altegio's cards and the tills' journals agree: 0 differences."
      : 'The three do not agree, or an answer was not as promised.',
  ];
  return sentences.flatMap((sentence) => wrap('', sentence, '  '));
}

/** The same for `--json`: amounts as decimal texts. */
export function jsonOf(run: RunResult): object {
  const { sums, ...rest } = run;
  return { ...rest, ...sumsJson(sums), exitCode: exitCodeOf(run) };
}
