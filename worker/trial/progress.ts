/** One line that says how far a run is: rewritten on a terminal, now and then anywhere else. */
import type { Screen } from '../steps.ts';

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

  /**
   * @param far how far it is, in a few words
   * @param waits what is waited for; empty when nothing is
   */
  show(far: string, waits: string): void {
    const text = waits === '' ? far : `${far}; waits ${waits}`;
    if (this.#screen.isTTY) {
      this.#screen.write(`\r\u001b[K${text.slice(0, WIDTH)}`);
      this.#drawn = true;
      return;
    }
    if (performance.now() - this.#plainAt < PLAIN_EVERY_MS && this.#plainAt > 0) return;
    this.#plainAt = performance.now();
    this.#screen.write(`${text.length > WIDTH ? `${text.slice(0, WIDTH - 1)}…` : text}\n`);
  }

  /** Leaves the line. */
  end(): void {
    if (this.#drawn) this.#screen.write('\r\u001b[K');
    this.#drawn = false;
  }
}
