/** Several share, or one has it alone: salon staff at work, and the kill of the sandbox. */
export class SharedGate {
  #inside = 0;
  #alone: Promise<void> = Promise.resolve();
  #empty: (() => void) | null = null;

  async share<T>(work: () => Promise<T>): Promise<T> {
    await this.#alone;
    this.#inside += 1;
    try {
      return await work();
    } finally {
      this.#inside -= 1;
      if (this.#inside === 0) this.#empty?.();
    }
  }

  /** Keeps others out from now on, and waits until those inside have left. Answers what lets them in again. */
  async close(): Promise<() => void> {
    await this.#alone;
    let open: () => void = () => {};
    this.#alone = new Promise((resolve) => (open = resolve));
    if (this.#inside > 0) await new Promise<void>((resolve) => (this.#empty = resolve));
    this.#empty = null;
    return open;
  }
}
