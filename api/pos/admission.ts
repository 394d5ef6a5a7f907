/**
 * Admission to Temporal: no more payments are under way in a process than its worker has room for. More would wait in
 * Temporal's queue while later ones overtake them, and all of them would answer late.
 */

/** Payments of one process that are between their start and their decision. */
export interface Admission {
  /**
   * Waits for a place, first come first served, until `until` (milliseconds of `performance.now()`).
   * @returns what gives the place back, or null when there was none in time.
   */
  enter(until: number): Promise<(() => void) | null>;
}

/** Makes the admission of one process. */
export function createAdmission(places: number): Admission {
  let free = places;
  const waiting: ((leave: () => void) => void)[] = [];

  /** A place can be given back once; it goes to whoever waits longest. */
  const place = (): (() => void) => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = waiting.shift();
      if (next) next(place());
      else free += 1;
    };
  };

  return {
    async enter(until) {
      if (free > 0) {
        free -= 1;
        return place();
      }
      return await new Promise((resolve) => {
        const admit = (leave: () => void) => {
          clearTimeout(timer);
          resolve(leave);
        };
        const timer = setTimeout(
          () => {
            const index = waiting.indexOf(admit);
            if (index >= 0) waiting.splice(index, 1);
            resolve(null);
          },
          Math.max(0, until - performance.now()),
        );
        waiting.push(admit);
      });
    },
  };
}
