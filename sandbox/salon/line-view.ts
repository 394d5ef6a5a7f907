/** Loyalty lines as the chain journal and as a visit show them: neither title nor time nor location. */
import type { Line } from '../core/model.ts';
import { toNumber } from '../core/money.ts';
import { title } from '../core/titles.ts';
import type { TitleKey } from '../core/titles.ts';
import type { World } from '../core/world.ts';
import { isWithdrawal } from './cards.ts';

const LINE_TITLES: Readonly<Record<number, TitleKey>> = {
  1: 'line1',
  2: 'line2',
  3: 'line3',
  4: 'line4',
  5: 'line5',
  6: 'line6',
  7: 'line7',
};

/** A line of `loyalty_transactions` in a visit; its amount is always positive. */
export function visitLine(world: World, line: Line): Record<string, unknown> {
  return {
    id: line.id,
    status_id: line.cancelled ? 2 : 1,
    amount: toNumber(line.amount),
    type_id: line.typeId,
    program_id: 0,
    card_id: line.cardId,
    salon_group_id: world.chain.id,
    item_id: line.itemId,
    item_type_id: line.itemKind === null ? 0 : line.itemKind === 'service' ? 1 : 7,
    item_record_id: line.recordId,
    goods_transaction_id: line.itemKind === 'good' ? line.itemId : 0,
    is_discount: false,
    is_loyalty_withdraw: line.typeId === 3,
    type: { id: line.typeId, title: title(world.settings, LINE_TITLES[line.typeId] ?? 'line1') },
  };
}

/** A line of the chain journal; the sign of withdrawals is a switch. */
export function journalLine(world: World, line: Line): Record<string, unknown> {
  const negative = isWithdrawal(line.typeId) && world.settings.withdrawalSign === 'negative';
  return {
    ...visitLine(world, line),
    visit_id: line.visitId,
    amount: toNumber(negative ? -line.amount : line.amount),
    certificate_id: 0,
    abonement_id: 0,
    services_transaction_id: 0,
  };
}
