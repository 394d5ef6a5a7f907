import { styleText } from 'node:util';
import type { Screen } from '../steps.ts';

/** What a person reads while the demo plays: numbered steps with what was seen below each; plain without a terminal. */
export class Trace {
  private readonly screen: Screen;
  private number = 0;

  constructor(screen: Screen = process.stdout) {
    this.screen = screen;
  }

  /** Begins the next step. */
  step(sentence: string): void {
    this.number += 1;
    const number = String(this.number).padStart(2);
    this.screen.write(`${this.styled('bold', `${number}. ${sentence}`)}\n`);
  }

  /** Something seen in the step. */
  seen(text: string): void {
    this.screen.write(`    ${text}\n`);
  }

  /** Both balances, decimal texts. */
  books(ledger: string, altegio: string): void {
    const equal = ledger === altegio;
    const text = `ledger ${ledger} ${equal ? '=' : '≠'} Altegio ${altegio}`;
    this.seen(this.styled(equal ? 'green' : 'yellow', text));
  }

  /** A line outside the steps. */
  line(text: string): void {
    this.screen.write(`${text}\n`);
  }

  private styled(style: 'bold' | 'green' | 'yellow', text: string): string {
    return this.screen.isTTY && !process.env['NO_COLOR'] ? styleText(style, text) : text;
  }
}
