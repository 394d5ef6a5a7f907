/** Altegio's labels come in the account's language; the sandbox knows two, so that nobody matches on their text. */
import type { Settings } from './settings.ts';

const TITLES = {
  line1: ['Promotion discount', 'Скидка по акции'],
  line2: ['Loyalty program accrual', 'Начисление по акции'],
  line3: ['Loyalty card withdrawal', 'Списание с карты лояльности'],
  line4: ['Referral accrual', 'Начисление по реферальной программе'],
  line5: ['Manual replenishment', 'Ручное пополнение'],
  line6: ['Manual withdrawal', 'Ручное списание'],
  line7: ['Withdrawal of overdue points', 'Списание просроченных баллов'],
  expense5: ['Service payments', 'Оплата услуг'],
  expense7: ['Product sales', 'Продажа товаров'],
  documentVisit: ['Visit', 'Визит'],
  cashDesk: ['Cash desk', 'Касса'],
  bank: ['Bank', 'Расчётный счёт'],
  noPriority: ['No priority level', 'Без класса важности'],
  unknownSex: ['unknown', 'не указан'],
  denied: ['Access denied.', 'Нет доступа.'],
  unauthorised: ['Authentication needed.', 'Необходимо авторизоваться.'],
  licence: ['The licence must be renewed in location id', 'Необходимо продлить лицензию в филиале id'],
  notFound: ['Not found.', 'Не найдено.'],
  invalid: ['Validation failed', 'Произошла ошибка валидации'],
  wrongLogin: ['Wrong login or password', 'Неверный логин или пароль'],
} as const satisfies Record<string, readonly [en: string, ru: string]>;

export type TitleKey = keyof typeof TITLES;

/** A label in the language of the account. */
export function title(settings: Settings, key: TitleKey): string {
  return TITLES[key][settings.language === 'ru' ? 1 : 0];
}

/** Always in this wording, whatever the language; the number of seconds in it means nothing. */
export const THROTTLED = 'Превышен лимит запросов, попробуйте повторить запрос через 0 секунд';
