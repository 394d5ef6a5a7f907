/** Replaying a visit's history through the rules: what is read at any moment is settled by difference. */
import { details, sale, toVisit, visit } from '../../activities/altegio/client/index.ts';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { type ProgramSettings, programSettings } from '../../domain/program.ts';
import { isOrderViolated, PAID_BY, type VisitFacts, visitSums, withdrawals } from '../../domain/visit.ts';
import { NOTHING_POSTED, settleVisit, type VisitPosted } from '../../domain/visit-settle.ts';
import { Salon, type Step } from './salon.ts';

/** A history file. Amounts are decimal texts. */
export interface History {
  readonly title: string;
  /** The shape of a real visit that it follows. */
  readonly shape: string;
  readonly program?: Record<string, unknown> & { readonly levels?: readonly (readonly [string, string])[] };
  readonly spentBefore?: string;
  readonly tills?: { readonly accrued: string; readonly money: string };
  /** What happened, each list within one gathering of events. */
  readonly gatherings: readonly (readonly Step[])[];
  readonly expect: readonly Seen[];
}

/** How the visit stands after a gathering. */
export interface Seen {
  readonly state: string;
  readonly attendance: string;
  readonly paidInFull: boolean;
  readonly sold: string;
  readonly discount: string;
  readonly bonus: string;
  readonly due: string;
  readonly paid: Readonly<Record<string, string>>;
  readonly accrued: string;
  readonly redeemed: string;
  readonly orderViolation: boolean;
  readonly postings: readonly { readonly code: string; readonly amount: string }[];
}

const OUR_CLIENT = 501n;
const OUR_CARD = 9_210_520n;

function settingsOf({ levels = [['0.00', '5']], ...rest }: NonNullable<History['program']>): ProgramSettings {
  const accrual = { levels: levels.map(([from, percent]) => ({ from, percent })), base: 'money' };
  return programSettings.parse({ name: 'Bonus', currency: 'KZT', accrual, redeem: {}, accrueBy: 'altegio', ...rest });
}

/** One replay: the salon, what our book has of it, and everything that was posted. */
export class Replay {
  private readonly salon = new Salon();
  private readonly settings: ProgramSettings;
  private readonly history: History;
  private posted: VisitPosted = NOTHING_POSTED;
  /** Withdrawals that were named, by line. */
  private readonly named = new Map<bigint, bigint>();
  private paidBefore = false;
  private facts: VisitFacts = { records: [], items: [], payments: [], lines: [] };

  constructor(history: History) {
    this.history = history;
    this.settings = settingsOf(history.program ?? {});
  }

  /** @returns the payment that the step's event names, or null */
  act(step: Step): number | null {
    return this.salon.act(step);
  }

  /** An event that names a payment came. */
  tell(payment: number | null): void {
    this.paidBefore ||= payment !== null;
  }

  /** Reads the visit as Altegio shows it now, and settles. @returns what is posted */
  settle(): Seen['postings'] {
    const shown = visit.parse(this.salon.visit());
    this.facts = toVisit(shown, details.parse(this.salon.details()), sale.parse(this.salon.sale()));
    this.paidBefore ||= this.facts.payments.length > 0;
    const before = this.posted.redeemed;
    const redeemed = before + this.nameLines();
    const withdrawn = [...this.named.values()].reduce((sum, amount) => sum + amount, 0n);
    const own = this.facts.records.filter(({ clientId }) => clientId === OUR_CLIENT).map(({ id }) => id);
    const { tills = { accrued: '0.00', money: '0.00' }, spentBefore = '0.00' } = this.history;
    const share = {
      records: new Set(own),
      withdrawn,
      tills: { accrued: parseAmount(tills.accrued), money: parseAmount(tills.money) },
    };
    const rules = {
      settings: this.settings,
      spentBefore: parseAmount(spentBefore),
      locationId: 1050n,
      customerTypeId: 'typ_1',
    };
    const settled = settleVisit(this.facts, this.paidBefore, share, rules, { ...this.posted, redeemed });
    this.posted = settled.posted;
    const moved = this.posted.redeemed - before;
    return [
      ...posting(moved > 0n ? 'redemption' : 'refund', moved > 0n ? moved : -moved),
      ...posting('clawback', settled.clawback),
      ...posting('accrual', settled.accrue),
    ];
  }

  /** A deleted visit shows no lines, and so says nothing of them. */
  private nameLines(): bigint {
    if (this.facts.records.length === 0) return 0n;
    const shown = new Map(
      withdrawals(this.facts).flatMap(({ id, cardId, amount }) => (cardId === OUR_CARD ? [[id, amount] as const] : [])),
    );
    let change = 0n;
    for (const [id, amount] of shown) if (!this.named.has(id)) change += amount;
    for (const [id, amount] of this.named) if (!shown.has(id)) change -= amount;
    this.named.clear();
    for (const [id, amount] of shown) this.named.set(id, amount);
    return change;
  }

  /** How the visit stands. */
  seen(): Omit<Seen, 'postings'> {
    const sums = visitSums(this.facts, this.paidBefore);
    const paid = PAID_BY.filter((by) => sums.paid[by] !== 0n).map((by) => [by, formatAmount(sums.paid[by])]);
    return {
      state: sums.state,
      attendance: sums.attendance,
      paidInFull: sums.paidInFull,
      sold: formatAmount(sums.sold),
      discount: formatAmount(sums.discount),
      bonus: formatAmount(sums.bonus),
      due: formatAmount(sums.due),
      paid: Object.fromEntries(paid) as Record<string, string>,
      accrued: formatAmount(this.posted.accrued),
      redeemed: formatAmount(this.posted.redeemed),
      orderViolation: isOrderViolated(this.facts),
    };
  }

  /** `sold − discount − bonus − paid − due` in minor units, which is 0. */
  rest(): bigint {
    const sums = visitSums(this.facts, this.paidBefore);
    const paid = PAID_BY.reduce((sum, by) => sum + sums.paid[by], 0n);
    return sums.sold - sums.discount - sums.bonus - paid - sums.due;
  }
}

const posting = (code: string, amount: bigint) => (amount === 0n ? [] : [{ code, amount: formatAmount(amount) }]);
