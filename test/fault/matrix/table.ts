/** What the matrix found, printed at the end of its run. */
import type { Outcome } from './run.ts';

const SIGN = { equal: '=', 'equal after retry': 'r', break: 'B', impossible: '·' } as const;

/** One file's part of the matrix. */
export class Matrix {
  private readonly cells = new Map<string, { workflow: string; call: string; fault: string; end: keyof typeof SIGN }>();
  private readonly causes = new Map<string, number>();

  note(where: { workflow: string; call: string; fault: string }, found: Outcome | 'impossible'): void {
    const { workflow, call, fault } = where;
    const end = found === 'impossible' ? found : found.end;
    this.cells.set(`${workflow}/${call}/${fault}`, { workflow, call, fault, end });
    if (found === 'impossible') return;
    for (const cause of found.causes) this.causes.set(cause, (this.causes.get(cause) ?? 0) + 1);
  }

  /** How many cells ended in each way. */
  count(): Record<keyof typeof SIGN, number> {
    const counts = { equal: 0, 'equal after retry': 0, break: 0, impossible: 0 };
    for (const { end } of this.cells.values()) counts[end] += 1;
    return counts;
  }

  /** The matrix as text: a row a call, a column a fault. */
  print(title: string): void {
    const rows: Record<string, Record<string, string>> = {};
    for (const { workflow, call, fault, end } of this.cells.values()) {
      const row = (rows[`${workflow}: ${call}`] ??= {});
      row[fault] = SIGN[end];
    }
    const counts = this.count();
    const ran = counts.equal + counts['equal after retry'] + counts.break;
    console.table(rows);
    console.log(
      `${title}: ${ran} cells ran: ${counts.equal} equal (=), ${counts['equal after retry']} equal after retry (r), ` +
        `${counts.break} a break with its cause (B: ${[...this.causes].map(([kind, n]) => `${n} ${kind}`).join(', ')}); ` +
        `${counts.impossible} cannot be (·).`,
    );
  }
}
