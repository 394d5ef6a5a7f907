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
    const all = [...this.cells.values()];
    const faults = [...new Set(all.map(({ fault }) => fault))];
    const rows = [...new Set(all.map(({ workflow, call }) => `${workflow}: ${call}`))];
    const lines = rows.map((row) => {
      const signs = faults.map((fault) => {
        const cell = all.find((other) => `${other.workflow}: ${other.call}` === row && other.fault === fault);
        return (cell ? SIGN[cell.end] : ' ').padEnd(2);
      });
      return `${row.padEnd(44)} ${signs.join(' ')}`;
    });
    const letter = (index: number) => String.fromCharCode(97 + index);
    const legend = faults.map((fault, index) => `  ${letter(index)} ${fault}`);
    const head = `${''.padEnd(44)} ${faults.map((_fault, index) => letter(index).padEnd(2)).join(' ')}`;
    const counts = this.count();
    const ran = counts.equal + counts['equal after retry'] + counts.break;
    console.log([title, ...legend, head, ...lines].join('\n'));
    console.log(
      `${title}: ${ran} cells ran: ${counts.equal} equal (=), ${counts['equal after retry']} equal after retry (r), ` +
        `${counts.break} a break with its cause (B: ${[...this.causes].map(([kind, n]) => `${n} ${kind}`).join(', ')}); ` +
        `${counts.impossible} cannot be (·).`,
    );
  }
}
