/** Every problem either door can answer, in one table: status, what a till does about it, what the cashier reads. */

/** What a till should do, with what that means: closed list, so that it can be programmed against. */
export const POS_ACTION_MEANINGS = {
  retry: 'Start again with the same receipt and a new Idempotency-Key.',
  retry_later: 'Send the same request with the same Idempotency-Key again, after `Retry-After` seconds.',
  fix_request: 'The till’s program is wrong: log it, do not repeat it.',
  pay_without_points: 'Offer to go on without points: `redeem: "none"`, or money only.',
  ask_less_points: 'Ask again with at most `allowed`.',
  choose_card: 'Let the cashier choose one of `accounts`, and send its `accountId`.',
  ask_customer: 'Ask the customer for the number or another card.',
  show_payment: 'Show the payment that is there: `GET /v1/payments?receipt=`.',
  call_support: 'Stop and show whom to call; nothing the cashier does mends it.',
} as const;

export type PosAction = keyof typeof POS_ACTION_MEANINGS;
export const POS_ACTIONS = Object.keys(POS_ACTION_MEANINGS) as [PosAction, ...PosAction[]];

/** One row: `retryable` means that the very same request may succeed later. */
export interface ProblemRow {
  readonly status: number;
  readonly title: string;
  readonly retryable: boolean;
  readonly posAction: PosAction;
  /** One sentence in each language a cashier may ask for (`Accept-Language`). */
  readonly cashierMessage: { readonly en: string; readonly ru: string };
}

const row = (
  status: number,
  title: string,
  posAction: PosAction,
  en: string,
  ru: string,
  retryable = false,
): ProblemRow => ({ status, title, retryable, posAction, cashierMessage: { en, ru } });

const BUG = [
  'The till program sent a wrong request; call support.',
  'Касса отправила неверный запрос; позвоните в поддержку.',
] as const;
const DOOR = [
  'This page is for operators; call support.',
  'Эта операция для администратора; позвоните в поддержку.',
] as const;
const REPEAT = [
  'Bonuses are not available now; try again in a moment.',
  'Бонусы сейчас недоступны; повторите через минуту.',
] as const;

// prettier-ignore
/** The table; codes of the POS door first, then those only the operator door answers. */
export const PROBLEMS = {
  invalid_request: row(400, 'The request is not as documented', 'fix_request', ...BUG),
  invalid_key: row(401, 'The POS key is missing or unknown', 'call_support', 'The till is not allowed in: its key is wrong; call support.', 'Касса не допущена: неверный ключ; позвоните в поддержку.'),
  key_disabled: row(401, 'The POS key is switched off', 'call_support', 'The key of this till is switched off; call your manager.', 'Ключ этой кассы отключён; позвоните администратору.'),
  forbidden_location: row(403, 'It belongs to another location', 'call_support', 'This belongs to another salon; call your manager.', 'Это относится к другому салону; позвоните администратору.'),
  customer_inactive: row(403, 'The customer is not active', 'pay_without_points', 'This customer’s card is switched off; take money only.', 'Карта клиента отключена; примите оплату без бонусов.'),
  account_not_found: row(404, 'No such customer', 'ask_customer', 'No bonus card found; check the number with the customer.', 'Бонусная карта не найдена; уточните номер у клиента.'),
  payment_not_found: row(404, 'No such payment', 'fix_request', 'This receipt is not known here; check its number.', 'Такой чек не найден; проверьте номер.'),
  operation_in_progress: row(409, 'The same operation is still running', 'retry', 'This receipt is still being worked on; wait a moment.', 'Чек ещё обрабатывается; подождите.', true),
  receipt_conflict: row(409, 'The receipt is taken by a different payment', 'show_payment', 'This receipt number is already used for another payment.', 'Этот номер чека уже использован для другой оплаты.'),
  card_choice_required: row(409, 'The customer has several cards', 'choose_card', 'The customer has several cards; choose one.', 'У клиента несколько карт; выберите одну.'),
  already_captured: row(409, 'The payment is captured', 'show_payment', 'This payment is complete; make a refund instead.', 'Оплата уже проведена; оформите возврат.'),
  already_voided: row(409, 'The payment is voided', 'show_payment', 'This payment was cancelled.', 'Эта оплата уже отменена.'),
  not_captured: row(409, 'The payment is not captured', 'show_payment', 'This payment is not complete yet.', 'Эта оплата ещё не завершена.'),
  hold_expired: row(409, 'The reservation of points has expired', 'retry', 'The reserved bonuses were released; start the payment again.', 'Резерв бонусов истёк; начните оплату заново.'),
  already_refunded: row(409, 'The payment is refunded', 'show_payment', 'This payment was already refunded.', 'По этой оплате уже сделан возврат.'),
  card_replaced: row(410, 'The card was replaced', 'ask_customer', 'This card was replaced; ask for the new one.', 'Эта карта заменена; попросите новую.'),
  insufficient_points: row(422, 'Not enough points', 'ask_less_points', 'Not enough bonuses; offer the amount shown.', 'Недостаточно бонусов; предложите указанную сумму.'),
  share_cap_exceeded: row(422, 'More than the allowed share of the bill', 'ask_less_points', 'Bonuses can pay only a part of this bill; offer the amount shown.', 'Бонусами можно оплатить только часть чека; предложите указанную сумму.'),
  below_minimum: row(422, 'Too little money would be left to pay', 'ask_less_points', 'A part must be paid with money; offer the amount shown.', 'Часть чека нужно оплатить деньгами; предложите указанную сумму.'),
  lines_mismatch: row(422, 'The lines do not add up to the total', 'fix_request', ...BUG),
  money_mismatch: row(422, 'The money does not add up', 'fix_request', 'The amounts of money do not add up to the bill.', 'Суммы оплаты не сходятся с итогом чека.'),
  redeem_kind_mismatch: row(422, 'The key redeems in the other way', 'fix_request', ...BUG),
  card_not_active_here: row(422, 'The card is not valid in this location', 'pay_without_points', 'This card is not valid in this salon.', 'Эта карта не действует в этом салоне.'),
  program_not_linked: row(422, 'No bonus program in this location', 'pay_without_points', 'No bonus program is set up in this salon; take money only.', 'В этом салоне бонусная программа не настроена; примите оплату без бонусов.'),
  refund_exceeds_payment: row(422, 'More than was paid', 'fix_request', 'The refund is more than what was paid.', 'Сумма возврата больше оплаты.'),
  idempotency_key_reused: row(422, 'The Idempotency-Key came with another body', 'fix_request', ...BUG),
  account_in_debt: row(422, 'The account is in debt', 'pay_without_points', 'The customer owes bonuses; take money only.', 'У клиента долг по бонусам; примите оплату без бонусов.'),
  timed_out: row(422, 'The payment came too late to take points', 'retry', 'It took too long; start the payment again.', 'Время вышло; начните оплату заново.'),
  visit_refused: row(422, 'Altegio takes no points in this visit', 'pay_without_points', 'Bonuses cannot be used in this visit; take money only.', 'В этом визите нельзя списать бонусы; примите оплату без бонусов.'),
  account_frozen: row(423, 'The account is frozen for a moment', 'pay_without_points', 'Bonuses of this card are being checked; take money only.', 'Бонусы этой карты проверяются; примите оплату без бонусов.', true),
  rate_limited: row(429, 'Too many requests', 'retry_later', 'Too many requests; wait a moment.', 'Слишком много запросов; подождите.', true),
  rewards_not_available: row(501, 'Rewards are not built yet', 'pay_without_points', 'Rewards are not available.', 'Награды недоступны.'),
  altegio_unavailable: row(503, 'Altegio does not answer', 'retry_later', ...REPEAT, true),
  unavailable: row(503, 'Temporarily not available; nothing has happened', 'retry_later', ...REPEAT, true),
  unauthorised: row(401, 'The operator token is missing or wrong', 'call_support', ...DOOR),
  forbidden: row(403, 'Not allowed', 'call_support', ...DOOR),
  not_found: row(404, 'No such address or thing', 'fix_request', ...BUG),
  connection_not_found: row(404, 'This location is not connected', 'call_support', ...DOOR),
  program_not_found: row(404, 'No such program', 'call_support', ...DOOR),
  key_not_found: row(404, 'No such key', 'call_support', ...DOOR),
  till_model_not_found: row(404, 'No such till model', 'call_support', ...DOOR),
  review_not_found: row(404, 'No such review', 'call_support', ...DOOR),
  customer_type_not_found: row(404, 'No such customer type', 'call_support', ...DOOR),
  card_batch_not_found: row(404, 'No such batch of cards', 'call_support', ...DOOR),
  operation_not_found: row(404, 'No such operation', 'call_support', ...DOOR),
  break_not_found: row(404, 'No such break', 'call_support', ...DOOR),
  method_not_allowed: row(405, 'This address does not take this method', 'fix_request', ...BUG),
  not_acceptable: row(406, 'Not in the form asked for', 'fix_request', ...BUG),
  conflict: row(409, 'It does not fit the present state', 'call_support', ...DOOR),
  operation_done: row(409, 'The operation is over', 'call_support', ...DOOR),
  action_not_possible: row(409, 'This cannot be done to this operation', 'call_support', ...DOOR),
  review_decided: row(409, 'The review is decided', 'call_support', ...DOOR),
  break_closed: row(409, 'The break is closed', 'call_support', ...DOOR),
  no_other_reading: row(409, 'The break has no other reading', 'call_support', ...DOOR),
  customer_exists: row(409, 'The phone or the card code is another customer’s', 'call_support', ...DOOR),
  customer_type_exists: row(409, 'The chain has a customer type of this name', 'call_support', ...DOOR),
  customer_type_in_use: row(409, 'Customers are of this type', 'call_support', ...DOOR),
  card_range_overlap: row(409, 'The numbers belong to another program', 'call_support', ...DOOR),
  promotion_attached: row(409, 'Altegio accrues on this card type itself', 'call_support', ...DOOR),
  program_exists: row(409, 'This card type already has a program', 'call_support', ...DOOR),
  payload_too_large: row(413, 'The body is larger than 1 MiB', 'fix_request', ...BUG),
  token_refused: row(422, 'Altegio does not accept the token, or shows less with it', 'call_support', ...DOOR),
  altegio_refused: row(422, 'Altegio refused', 'call_support', ...DOOR),
  internal: row(500, 'A fault on our side', 'retry_later', 'Something went wrong on our side; try again.', 'Ошибка на нашей стороне; повторите.', true),
} as const satisfies Record<string, ProblemRow>;

/** The closed list of codes. */
export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

/** Whether a stored text is a code of the table. */
export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(PROBLEMS, text);
}
