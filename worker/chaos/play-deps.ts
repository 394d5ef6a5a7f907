/** What a run's operations share. */
import type { Control } from '../trial/doors.ts';
import type { Clock } from './expiry.ts';
import type { TillDeps } from './payments.ts';
import type { SharedGate } from './shared-gate.ts';

/** What these operations need beyond a till. */
export interface PlayDeps extends TillDeps {
  readonly control: Control;
  /** Staff are not interrupted by the sandbox's death: what they did must be known. */
  readonly staffAtWork: SharedGate;
  readonly clock: Clock;
}
