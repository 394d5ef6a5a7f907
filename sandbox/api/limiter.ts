/** Altegio's two limits per client address, as sliding windows, and the highest rate ever seen in them. */
import type { LimitSettings } from '../core/settings.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/** How many things happened within the last `lengthMs`. */
class SlidingWindow {
  readonly #lengthMs: number;
  #times: number[] = [];
  #first = 0;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  countAt(nowMs: number): number {
    while (this.#first < this.#times.length && (this.#times[this.#first] ?? 0) <= nowMs - this.#lengthMs)
      this.#first += 1;
    // Forget in bulk: shifting an array at every call would cost more than the memory it saves.
    if (this.#first > 1024) {
      this.#times = this.#times.slice(this.#first);
      this.#first = 0;
    }
    return this.#times.length - this.#first;
  }

  add(nowMs: number): void {
    this.#times.push(nowMs);
  }
}

interface AddressWindows {
  readonly acceptedSecond: SlidingWindow;
  readonly acceptedMinute: SlidingWindow;
  readonly allSecond: SlidingWindow;
  readonly allMinute: SlidingWindow;
}

export interface LimiterReport extends LimitSettings {
  /** Most calls of one address in any one second, refused ones included. */
  readonly peakPerSecond: number;
  readonly peakPerMinute: number;
  readonly refused: number;
}

export class Limiter {
  readonly #limits: () => LimitSettings;
  #addresses = new Map<string, AddressWindows>();
  #peakPerSecond = 0;
  #peakPerMinute = 0;
  #refused = 0;

  constructor(limits: () => LimitSettings) {
    this.#limits = limits;
  }

  /** Counts a call and says whether it may go on. A refused call does not count towards the limits (guess). */
  accept(address: string): boolean {
    // A monotonic clock: the computer's time may be set while tests run.
    const nowMs = performance.now();
    const windows = this.#windowsOf(address);
    windows.allSecond.add(nowMs);
    windows.allMinute.add(nowMs);
    this.#peakPerSecond = Math.max(this.#peakPerSecond, windows.allSecond.countAt(nowMs));
    this.#peakPerMinute = Math.max(this.#peakPerMinute, windows.allMinute.countAt(nowMs));
    const { perSecond, perMinute } = this.#limits();
    const full =
      windows.acceptedSecond.countAt(nowMs) >= perSecond || windows.acceptedMinute.countAt(nowMs) >= perMinute;
    if (full) {
      this.#refused += 1;
      return false;
    }
    windows.acceptedSecond.add(nowMs);
    windows.acceptedMinute.add(nowMs);
    return true;
  }

  report(): LimiterReport {
    const { perSecond, perMinute } = this.#limits();
    const peaks = { peakPerSecond: this.#peakPerSecond, peakPerMinute: this.#peakPerMinute };
    return { perSecond, perMinute, ...peaks, refused: this.#refused };
  }

  /** Empties all windows and counters. */
  reset(): void {
    this.#addresses = new Map();
    this.#peakPerSecond = 0;
    this.#peakPerMinute = 0;
    this.#refused = 0;
  }

  #windowsOf(address: string): AddressWindows {
    let windows = this.#addresses.get(address);
    if (!windows) {
      windows = {
        acceptedSecond: new SlidingWindow(SECOND_MS),
        acceptedMinute: new SlidingWindow(MINUTE_MS),
        allSecond: new SlidingWindow(SECOND_MS),
        allMinute: new SlidingWindow(MINUTE_MS),
      };
      this.#addresses.set(address, windows);
    }
    return windows;
  }
}
