/** What a language says of each explanation. In braces stand the numbers; see domain/why.ts. */
import type { DriftCause } from '../../../domain/journal.ts';
import type { Why } from '../../../domain/why.ts';

/** Variants of a sentence where a fact may be missing. */
type Variant = 'redeemedNeverExpiring' | 'activatedByPerson' | 'adjustedInPart';

/** Words of one language. */
export interface WhyWords {
  readonly sentences: Readonly<Record<Why['kind'] | Variant, string>>;
  /** What changed the card in Altegio. */
  readonly causes: Readonly<Record<Exclude<DriftCause, `${string}_cancelled`>, string>>;
  /** A cause that was taken back in Altegio. */
  readonly cancelled: string;
  readonly withoutReason: string;
  /** The program and the version that was in force. */
  readonly version: string;
}
