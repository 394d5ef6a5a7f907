/** What the Altegio activities share. */
import type { CardRange } from '../../domain/card-number.ts';
import type { Altegio } from './client/index.ts';
import type { MirrorDeps } from '../ledger/mirror-actions.ts';

/** Parts handed to every activity of the `altegio` queue and to the till's read. */
export interface AltegioDeps extends MirrorDeps {
  readonly altegio: Altegio;
  readonly newCardNumber: (range?: CardRange) => string;
  /** Takes alerts: something that a person has to look at in Altegio. */
  readonly alert: (facts: Record<string, unknown>, sentence: string) => void;
}
