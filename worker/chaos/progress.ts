/** One line that says how far a run is: rewritten on a terminal, now and then anywhere else. */
import type { Screen } from '../steps.ts';

/** How far it is. */
export interface Standing {
  readonly done: number;
  readonly operations: number;
  readonly faults: number;
  readonly kills: number;
  /** What is waited for; empty when nothing is. */
  readonly waits: string;
}

const PLAIN_EVERY_MS = 15_000;
const WIDTH = 100;

/** See the file's header. */
export class Progress {
  readonly #screen: Screen;
  #plainAt = 0;
  #drawn = false;

  constructor(screen: Screen = process.stdout) {
    this.#screen = screen;
  }

  show({ done, operations, faults, kills, waits }: Standing): void {
    const text = `${done} of ${operations} operations, ${faults} faults, ${kills} kills${waits ? `; waits ${waits}` : ''}`;
    if (this.#screen.isTTY) {
      this.#screen.write(`\r\u001b[K${text.slice(0, WIDTH)}`);
      this.#drawn = true;
      return;
    }
    if (performance.now() - this.#plainAt < PLAIN_EVERY_MS && this.#plainAt > 0) return;
    this.#plainAt = performance.now();
    this.#screen.write(`${text}\n`);
  }

  /** Leaves the line. */
  end(): void {
    if (this.#drawn) this.#screen.write('\r\u001b[K');
    this.#drawn = false;
  }
}
