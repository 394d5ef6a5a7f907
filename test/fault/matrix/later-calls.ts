/** The matrix's rows for visits, refunds and expiry. */
import { both, lostWrite, sale, firstSale } from './acts.ts';
import type { StepCall } from './calls.ts';
import { type Cell, EARNED, SALE } from './cell.ts';
import { expire, over, paidVisit, paidVisitWithPoints, refund, wait } from './later-acts.ts';

const known = { customer: 'known' } as const;

/**
 * The card's read before a visit is posted is that of a reconciliation. Converging is the same code after whatever was
 * posted: one row of it for a visit, two for a refund, one for expiry.
 */
export const LATER_CALLS: readonly StepCall[] = [
  {
    workflow: 'visit',
    call: 'the visit',
    kind: 'other',
    ...known,
    aim: (cell: Cell) => ({ match: { path: `/visits/${cell.paidVisit?.visitId}` } }),
    before: paidVisit,
    act: wait,
  },
  {
    workflow: 'visit',
    call: 'its details',
    kind: 'other',
    ...known,
    aim: (cell: Cell) => ({ match: { path: `/visit/details/${cell.stand.locationId}/${cell.recordId}/` } }),
    before: paidVisit,
    act: wait,
  },
  {
    workflow: 'visit',
    call: 'its sale, for bonus and money',
    kind: 'other',
    ...known,
    aim: (cell: Cell) => ({ match: { path: `/company/${cell.stand.locationId}/sale/${cell.paidVisit?.visitId}` } }),
    before: paidVisitWithPoints,
    act: wait,
  },
  { workflow: 'visit', call: 'write', kind: 'write', ...known, writes: EARNED, before: paidVisit, act: wait },
  { workflow: 'refund', call: 'write', kind: 'write', ...known, writes: -SALE, before: over(sale), act: refund },
  {
    workflow: 'refund',
    call: 'resolve: journal',
    kind: 'journal',
    alone: true,
    ...known,
    before: both(over(sale), lostWrite),
    act: refund,
  },
  { workflow: 'expiry', call: 'write', kind: 'write', ...known, writes: -EARNED, before: over(firstSale), act: expire },
];
