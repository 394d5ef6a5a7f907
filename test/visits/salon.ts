/** A salon that writes a visit's answers as Altegio does: ids as texts here and there, `[]` for nobody, noise in amounts. */
import { parseAmount } from '../../domain/money.ts';

interface Item {
  readonly id: number;
  readonly kind: 'service' | 'good';
  readonly cost: string;
  readonly price?: string;
  readonly units?: number;
}

/** What happened in the salon, as the history files say it. */
export type Step =
  | { do: 'book'; record: number; items: Item[]; client: number | null; attendance: number }
  | { do: 'attend'; record: number; attendance: number }
  | { do: 'pay'; id: number; item: number; amount: string; method: 'cash' | 'card'; at: string }
  | { do: 'unpay'; id: number }
  | { do: 'tip'; id: number; amount: string; expense?: number }
  | { do: 'loyalty'; id: number; type: number; amount: string; card: number; at?: string }
  | { do: 'cancelLine'; id: number }
  | { do: 'edit'; record: number; items: Item[] }
  | { do: 'paidFull'; record: number; value: boolean }
  | { do: 'client'; record: number; client: number | null }
  | { do: 'deleteRecord'; record: number };

type Of<Kind extends Step['do']> = Extract<Step, { do: Kind }>;

const number = (amount: string): number => Number(amount);
/** A JSON number with the binary noise that PHP writes. */
const noisy = (amount: string): number =>
  number(amount) + (amount.includes('.') && !amount.endsWith('.00') ? 1e-14 : 0);
const DAY = '2026-04-20';

/** One visit of the salon. */
export class Salon {
  private readonly records = new Map<number, Of<'book'> & { paidFull: boolean | null }>();
  private readonly payments = new Map<number, Of<'pay'>>();
  private readonly tips: Of<'tip'>[] = [];
  private readonly lines = new Map<number, Of<'loyalty'>>();

  /** Does the step. @returns the payment that its event names, or null */
  act(step: Step): number | null {
    switch (step.do) {
      case 'book':
        this.records.set(step.record, { ...step, paidFull: null });
        return null;
      case 'pay':
        this.payments.set(step.id, step);
        return step.id;
      case 'unpay':
        this.payments.delete(step.id);
        return step.id;
      case 'tip':
        this.tips.push(step);
        return null;
      case 'loyalty':
        this.lines.set(step.id, step);
        return null;
      case 'cancelLine':
        this.lines.delete(step.id);
        return null;
      case 'deleteRecord':
        this.records.delete(step.record);
        return null;
      default:
        this.change(step);
        return null;
    }
  }

  private change(step: Of<'attend' | 'edit' | 'paidFull' | 'client'>): void {
    const record = this.records.get(step.record);
    if (!record) throw new Error(`there is no record ${step.record}`);
    if (step.do === 'attend') record.attendance = step.attendance;
    else if (step.do === 'edit') record.items = step.items;
    else if (step.do === 'client') record.client = step.client;
    else record.paidFull = step.value;
  }

  private recordOf(itemId: number): number {
    const found = [...this.records.values()].find(({ items }) => items.some(({ id }) => id === itemId));
    return found?.record ?? [...this.records.keys()][0] ?? 0;
  }

  /** Paid in full as Altegio reckons it: money by record, whatever else by the whole visit. */
  private isPaidFull(record: Of<'book'>): boolean {
    const sum = (amounts: string[]): bigint => amounts.reduce((total, amount) => total + parseAmount(amount), 0n);
    const cost = (one: Of<'book'>) => sum(one.items.map((item) => item.cost));
    const money = (id: number) =>
      sum([...this.payments.values()].filter(({ item }) => this.recordOf(item) === id).map(({ amount }) => amount));
    const all = [...this.records.values()];
    const lines = sum([...this.lines.values()].filter(({ type }) => type !== 2).map(({ amount }) => amount));
    const total = all.reduce((left, one) => left + cost(one) - money(one.record), 0n);
    if (total > 0n && total <= lines) return true;
    return cost(record) > 0n && money(record.record) + (all.length === 1 ? lines : 0n) >= cost(record);
  }

  /** `GET /visits/{id}`. */
  visit(): unknown {
    return {
      attendance: 1,
      datetime: `${DAY} 12:00:00`,
      comment: '',
      records: [...this.records.values()].map((record) => ({
        id: record.record,
        company_id: 1050,
        client: record.client === null ? [] : { id: record.client, name: 'Aia', phone: '+77010000001' },
        attendance: record.attendance,
        visit_attendance: record.attendance,
        paid_full: (record.paidFull ?? this.isPaidFull(record)) ? 1 : 0,
        deleted: false,
        date: `${DAY} 12:00:00`,
        documents: [{ id: 736, type_id: 7 }],
        services: record.items.filter(({ kind }) => kind === 'service').map((item) => this.line(item, 1)),
        goods_transactions: record.items
          .filter(({ kind }) => kind === 'good')
          .map((item) => ({ ...this.line(item, -1), good_id: item.id })),
      })),
    };
  }

  private line({ id, cost, price = cost, units = 1 }: Item, sign: number) {
    const unit = number(price);
    return {
      id,
      title: 'Line',
      amount: sign * units,
      cost: noisy(cost),
      cost_per_unit: unit,
      manual_cost: unit,
      discount: 0,
    };
  }

  /** `GET /visit/details/{location}/{record}/{visit}`. */
  details(): unknown {
    return {
      payment_transactions: [
        ...[...this.payments.values()].map(({ id, item, amount, method, at }) => ({
          id: String(id),
          amount: noisy(amount),
          expense_id: item >= 600 ? 7 : 5,
          item_id: item,
          record_id: this.recordOf(item),
          account: { id: 37, title: 'Account', is_cash: method === 'cash' },
          date: `${DAY} ${at}`,
        })),
        ...this.tips.map(({ id, amount, expense = 8 }) => ({
          id,
          amount: noisy(amount),
          expense_id: expense,
          item_id: 0,
          record_id: [...this.records.keys()][0],
          account: { id: 37, title: 'Account', is_cash: true },
          date: `${DAY} 12:30:00`,
        })),
      ],
      loyalty_transactions: [...this.lines.values()].map(({ id, type, amount, card }) => ({
        id,
        status_id: 1,
        amount: noisy(amount),
        type_id: type,
        card_id: card,
        item_record_id: [...this.records.keys()][0],
        is_loyalty_withdraw: type === 3,
      })),
      items: [],
    };
  }

  /** `GET /company/{location}/sale/{document}`. */
  sale(): unknown {
    return {
      state: {
        items: [],
        payment_transactions: [...this.payments.values()].map(({ id, at }) => ({ id, created_at: `${DAY} ${at}` })),
        loyalty_transactions: [...this.lines.values()].map(({ id, at }) => ({
          id,
          created_at: at === undefined ? null : `${DAY} ${at}`,
        })),
      },
    };
  }
}
