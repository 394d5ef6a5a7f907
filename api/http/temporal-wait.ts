/** Bounding a wait on Temporal, whose client otherwise repeats for as long as the server is away. */

/** Temporal did not answer in time; it may still have taken the call. */
export class TooLate extends Error {
  override readonly name = 'TooLate';
}

/** Waits for `work` at most `ms`. @throws TooLate */
export async function temporalWithin<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLate('Temporal did not answer in time')), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // When it was late, nobody waits for its failure any more.
    work.catch(() => undefined);
  }
}
