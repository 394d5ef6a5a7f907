export type { AltegioAccess } from './access.ts';
export { createAltegio, type Altegio, type AltegioLocation } from './altegio.ts';
export { phoneFromAltegio } from './body.ts';
export type { Permit } from './budget.ts';
export type { ChangedList, ChangedRow } from './changes.ts';
export {
  AltegioError,
  AltegioNotFound,
  AltegioRefused,
  AltegioThrottled,
  AltegioUnauthorised,
  AltegioUnknownOutcome,
  AltegioUnreachable,
} from './errors.ts';
export type { Lane } from './lanes.ts';
export type { AltegioOptions, CallOptions } from './options.ts';
export { mergeHooks, type AltegioCard, type HookSettings, type JournalLine, type VisitWithdrawal } from './shapes.ts';
export { details, sale, toVisit, visit } from './visits.ts';
