/** The receipt as rows of text, which page and PDF lay out alike: nothing can stand on one and not on the other. */
import type { Sale } from '../../../activities/ledger/receipt-view.ts';
import { formatAmount, formatSigned, type Minor } from '../../../domain/money.ts';
import type { Language } from '../../http/languages.ts';
import { localTime } from '../../http/local-time.ts';
import type { ReceiptFacts } from './facts.ts';
import { tenderWord, WORDS } from './words.ts';

/** One row. `rule` is a line across; `centre` has no right side; `soft` explains the row above. */
export interface ReceiptRow {
  readonly kind: 'heading' | 'centre' | 'pair' | 'strong' | 'soft' | 'rule';
  readonly left: string;
  readonly right: string;
}

const pair = (left: string, right: string, kind: ReceiptRow['kind'] = 'pair'): ReceiptRow => ({ kind, left, right });
const centre = (left: string, kind: 'heading' | 'centre' = 'centre'): ReceiptRow => pair(left, '', kind);
const RULE = pair('', '', 'rule');
const minus = (amount: Minor): string => (amount === 0n ? formatAmount(0n) : formatSigned(-amount));

function head({ shop, receipt, soldAt, request, state }: Sale, language: Language): ReceiptRow[] {
  const { terminal, operator } = request;
  const undone = state === 'REFUNDED' ? WORDS.refunded : state === 'PARTIALLY_REFUNDED' ? WORDS.partlyRefunded : null;
  return [
    centre(shop.title, 'heading'),
    ...(shop.address === null ? [] : [centre(shop.address)]),
    RULE,
    pair(`${WORDS.receipt[language]} ${receipt}`, localTime(soldAt, shop.timeZone).slice(0, 16)),
    ...(terminal == null ? [] : [pair(WORDS.till[language], terminal)]),
    ...(operator == null ? [] : [pair(WORDS.cashier[language], operator)]),
    ...(undone === null ? [] : [centre(undone[language], 'heading')]),
    RULE,
  ];
}

function bill({ lines, subtotal, discount, total }: ReceiptFacts, currency: string, language: Language): ReceiptRow[] {
  return [
    ...lines.flatMap((line) => [
      pair(line.title, formatAmount(line.price)),
      ...(line.discount === 0n ? [] : [pair(WORDS.discount[language], minus(line.discount), 'soft')]),
    ]),
    ...(lines.length > 0 ? [RULE] : []),
    ...(discount === 0n
      ? []
      : [pair(WORDS.subtotal[language], formatAmount(subtotal)), pair(WORDS.discount[language], minus(discount))]),
    pair(`${WORDS.total[language]} ${currency}`, formatAmount(total), 'strong'),
  ];
}

function paid(facts: ReceiptFacts, language: Language): ReceiptRow[] {
  const { tenders, refunded, tip, received, change, vat, deposit } = facts;
  return [
    RULE,
    centre(WORDS.paidBy[language]),
    ...tenders.map(({ type, amount }) => pair(tenderWord(type, language), formatAmount(amount))),
    ...(deposit === null ? [] : depositRows(deposit, language)),
    ...(tip === 0n ? [] : [pair(WORDS.tip[language], formatAmount(tip))]),
    ...(received === null ? [] : [pair(WORDS.received[language], formatAmount(received))]),
    ...(change === null ? [] : [pair(WORDS.change[language], formatAmount(change))]),
    ...(refunded === 0n ? [] : [pair(WORDS.refunded[language], minus(refunded))]),
    ...vat.map(({ rate, vat: amount }) => pair(`${WORDS.vat[language]} ${rate} %`, formatAmount(amount), 'soft')),
  ];
}

/** Where the deposit is kept: whoever looks into Altegio sees another one there, or none. */
const depositRows = ({ byPayer, left }: NonNullable<ReceiptFacts['deposit']>, language: Language): ReceiptRow[] => [
  ...(byPayer === 0n ? [] : [pair(WORDS.byPayer[language], formatAmount(byPayer), 'soft')]),
  pair(WORDS.depositLeft[language], formatAmount(left), 'soft'),
  pair(WORDS.depositHere[language], '', 'soft'),
];

function points({ bonus }: ReceiptFacts, { answer }: Sale, language: Language): ReceiptRow[] {
  const { before, taken, earned, now, waiting } = bonus;
  const { refusedRedemption: refused } = answer;
  return [
    RULE,
    centre(WORDS.bonus[language], 'heading'),
    pair(WORDS.before[language], formatAmount(before)),
    pair(WORDS.taken[language], minus(taken)),
    ...(refused == null ? [] : [pair(WORDS.refused[language], refused, 'soft')]),
    pair(WORDS.earned[language], formatSigned(earned)),
    ...(waiting === 0n ? [] : [pair(WORDS.waiting[language], formatAmount(waiting), 'soft')]),
    pair(WORDS.now[language], formatAmount(now), 'strong'),
  ];
}

/** All rows, from the shop to the points. */
export function receiptRows(sale: Sale, facts: ReceiptFacts, language: Language): ReceiptRow[] {
  return [
    ...head(sale, language),
    ...bill(facts, sale.currency, language),
    ...paid(facts, language),
    ...points(facts, sale, language),
  ];
}
