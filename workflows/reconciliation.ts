/**
 * reconciliation · `reconciliation:{chain}:{account}` · something happened to this customer.
 * Started (or told to look again) by webhooks, the journal tail and operators. Reads Altegio's balance, posts what others
 * moved, lets the journal explain it, and converges; ends only when nothing else happened since its read.
 */
import { condition, defineSignal, setHandler, sleep } from '@temporalio/workflow';
import { formatAmount, parseAmount } from '../domain/money.ts';
import { closeBooks } from './close-books.ts';
import { type Because, DIRTY_SIGNAL, type ReconciliationInput } from './contract.ts';
import { trackProgress } from './progress.ts';
import { readAndAdopt } from './read-and-adopt.ts';
import { SEARCH } from './search-attributes.ts';

/** Events of one customer come in bursts; a run stays open this long for the next one, and lets a burst end before it reads. */
const SETTLE = '1s';

const dirtySignal = defineSignal<[Because?]>(DIRTY_SIGNAL);

/** What a finished reconciliation says, decimal texts; `drift` is the sum of what it adopted. */
export interface ReconciliationResult {
  readonly drift: string;
  readonly target: string;
  readonly altegio: string | null;
}

/** See the file's header. */
export async function reconciliation(input: ReconciliationInput): Promise<ReconciliationResult> {
  const progress = trackProgress("Reading the customer's balance in Altegio.");
  let asked = 0;
  let because = input.because;
  setHandler(
    dirtySignal,
    (why) => {
      asked += 1;
      because = why ?? because;
      progress.wake();
    },
    { description: 'Something else happened to this customer: look again before ending.' },
  );
  const drifts: string[] = [];
  for (;;) {
    const answered = asked;
    const told = { ...input, because };
    const { drift, dirtySeq } = await readAndAdopt(progress, told);
    if (drift !== '0.00') drifts.push(drift);
    if (drifts.length === 1 && drift !== '0.00')
      progress.index([{ key: SEARCH.driftMinor, value: Number(parseAmount(drift)) }]);
    const said = drifts.length > 0 ? `Adopted ${drifts.join(', ')} that others moved` : 'Nothing was moved by others';
    const end = await closeBooks(progress, told, said);
    const looksAgain = asked !== answered || end.dirtySeq !== dirtySeq;
    const askedAgain = () => asked !== answered || progress.requests.next() !== undefined;
    if (!looksAgain && !(await condition(askedAgain, SETTLE)))
      return { drift: formatAmount(sumOf(drifts)), target: end.target, altegio: end.altegio };
    progress.enter('again', 'Something else happened meanwhile; reading again.');
    await sleep(SETTLE);
  }
}

const sumOf = (drifts: readonly string[]) => drifts.reduce((sum, drift) => sum + parseAmount(drift), 0n);
