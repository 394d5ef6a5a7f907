/**
 * An authorized payment: its points stay reserved until the till captures or voids, or until its time is over; meanwhile
 * Altegio holds less. The timer only says when to look: the database's clock decides what has expired.
 */
import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import type { HoldSettled, PaymentDecided } from '../activities/index.ts';
import { till } from './activities.ts';
import { convergeOrIssue } from './close-books.ts';
import { type PaymentInput, STEP_SIGNAL } from './contract.ts';
import type { Progress } from './progress.ts';

const stepSignal = defineSignal(STEP_SIGNAL);

/** What tills asked of a payment since it runs. */
export interface Steps {
  /** How often a capture or a void was announced. */
  readonly announced: number;
}

/** Registers the signal that a capture or a void waits in the ledger. */
export function trackSteps(): Steps {
  const steps = { announced: 0 };
  setHandler(
    stepSignal,
    () => {
      steps.announced += 1;
    },
    { description: 'A capture or a void of this payment waits in the ledger: decide it.' },
  );
  return steps;
}

/** Waits until the payment is captured, voided or expired; both books are kept equal meanwhile. */
export async function keepHold(
  progress: Progress,
  input: PaymentInput,
  steps: Steps,
  authorized: PaymentDecided,
): Promise<HoldSettled> {
  let over = false;
  const mirrored = keepEqual(progress, input, () => over);
  const settled = await untilSettled(progress, input, steps, authorized.leftMs ?? 0);
  over = true;
  // One step of a card at a time in a run: the common end begins when this one has ended.
  await mirrored;
  return settled;
}

async function untilSettled(
  progress: Progress,
  input: PaymentInput,
  steps: Steps,
  firstMs: number,
): Promise<HoldSettled> {
  let [answered, leftMs] = [0, firstMs];
  for (;;) {
    const acted = progress.requests.done().length;
    const asked = () => steps.announced !== answered || progress.requests.done().length !== acted;
    await condition(asked, Math.max(1, Math.ceil(leftMs)));
    answered = steps.announced;
    const settled = await till.settle(input);
    if (settled.outcome !== 'authorized') return settled;
    leftMs = settled.leftMs ?? 0;
  }
}

/** Converges at once, and again whenever an operator asks for something. */
async function keepEqual(progress: Progress, input: PaymentInput, over: () => boolean): Promise<void> {
  do {
    const equal = await convergeOrIssue(progress, input);
    progress.saw({ ledger: equal.target, altegio: equal.altegio });
    if (!over()) progress.enter('authorized', `Receipt ${input.receipt}: points are reserved in both books.`);
    await condition(() => over() || progress.requests.next() !== undefined);
  } while (!over());
}
