/** Everything that happens later, so that closing or resetting the sandbox leaves nothing behind. */
export class Timers {
  readonly #tasks = new Set<NodeJS.Timeout>();
  readonly #waits = new Map<NodeJS.Timeout, () => void>();

  /** Runs a task later; dropped when the sandbox closes or is reset first. */
  later(ms: number, task: () => void): void {
    const timer = setTimeout(() => {
      this.#tasks.delete(timer);
      task();
    }, ms);
    this.#tasks.add(timer);
  }

  /** Waits; ends early when the sandbox closes. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waits.delete(timer);
        resolve();
      }, ms);
      this.#waits.set(timer, resolve);
    });
  }

  /** Drops what was to run later. */
  dropTasks(): void {
    for (const timer of this.#tasks) clearTimeout(timer);
    this.#tasks.clear();
  }

  /** Drops all tasks and ends all waits. */
  close(): void {
    this.dropTasks();
    for (const [timer, resolve] of this.#waits) {
      clearTimeout(timer);
      resolve();
    }
    this.#waits.clear();
  }
}
