/** Every workflow the worker runs; the bundle is built from here. */
export { adjustment } from './adjustment.ts';
export { catchUp } from './catch-up.ts';
export { cardIssue } from './card-issue.ts';
export { deposit } from './deposit.ts';
export { gift } from './gift.ts';
export { journalTail } from './journal-tail.ts';
export { nightly } from './nightly.ts';
export { payment } from './payment.ts';
export { refund } from './refund.ts';
export { reconciliation } from './reconciliation.ts';
export { visit } from './visit.ts';
export { sweep } from './sweep.ts';
