/** The statement's words in the customer's languages. */
import type { Why } from '../../activities/ledger/statement/pair.ts';
import { type Language, words, type Words } from '../http/languages.ts';

/** Titles and columns. */
export const TITLES = {
  title: words('Statement of bonus points', 'Выписка по бонусам', 'Бонустар бойынша үзінді'),
  card: words('Card', 'Карта', 'Карта'),
  period: words('Period', 'Период', 'Кезең'),
  beginning: words('from the beginning', 'с начала', 'басынан бастап'),
  now: words('until now', 'по настоящее время', 'қазіргі уақытқа дейін'),
  zone: words('Times are those of', 'Время указано для', 'Уақыт белдеуі'),
  currency: words('1 point is 1', '1 бонус — 1', '1 бонус — 1'),
  opening: words('Opening balance', 'Остаток на начало', 'Бастапқы қалдық'),
  closing: words('Closing balance', 'Остаток на конец', 'Соңғы қалдық'),
  unexplained: words('Unexplained', 'Без объяснения', 'Түсіндірілмеген'),
  at: words('Date', 'Дата', 'Күні'),
  what: words('Entry', 'Операция', 'Операция'),
  document: words('Receipt', 'Чек', 'Чек'),
  points: words('Points', 'Бонусы', 'Бонустар'),
  ledger: words('Ledger balance', 'Остаток в учёте', 'Есептегі қалдық'),
  line: words('Altegio line', 'Строка Altegio', 'Altegio жолы'),
  altegio: words('Altegio', 'Altegio', 'Altegio'),
  altegioBalance: words('Altegio balance', 'Остаток в Altegio', 'Altegio қалдығы'),
  note: words('Note', 'Примечание', 'Ескерту'),
  why: words('Why', 'Почему', 'Неліктен'),
  page: words('Page', 'Страница', 'Бет'),
} as const satisfies Record<string, Words>;

/** Codes of transfers, and an entry of Altegio's alone. */
const CODES: Readonly<Record<string, Words>> = {
  accrual: words('Earned', 'Начисление', 'Есептелді'),
  redemption: words('Paid with points', 'Оплата бонусами', 'Бонуспен төлем'),
  refund: words('Returned', 'Возврат', 'Қайтару'),
  clawback: words('Taken back', 'Отмена начисления', 'Есептеуді қайтарып алу'),
  expiry: words('Expired', 'Сгорание', 'Мерзімі өтті'),
  adjustment: words('Adjustment', 'Корректировка', 'Түзету'),
  external: words('Changed in Altegio', 'Изменение в Altegio', 'Altegio жүйесіндегі өзгеріс'),
  opening: words('Opening', 'Начальный остаток', 'Бастапқы қалдық'),
  activation: words('Became available', 'Активация', 'Қолжетімді болды'),
  repayment: words('Repaid debt', 'Погашение долга', 'Қарызды өтеу'),
  hold: words('Reserved', 'Резерв', 'Резервке қойылды'),
  release: words('No longer reserved', 'Снятие резерва', 'Резервтен босатылды'),
  line: words('In Altegio only', 'Только в Altegio', 'Тек Altegio жүйесінде'),
};

const WHY: Readonly<Record<Why, Words>> = {
  waiting_for_line: words(
    'waits for its line in Altegio',
    'ждёт строки в журнале Altegio',
    'Altegio журналындағы жолды күтуде',
  ),
  waiting_for_write: words(
    'not written to Altegio yet',
    'ещё не записано в Altegio',
    'Altegio жүйесіне әлі жазылмаған',
  ),
  nets_to_zero: words('no effect: nets to zero', 'без изменения: в сумме ноль', 'өзгеріссіз: қосындысы нөл'),
  own_book_only: words(
    'in our book only: pending, debt, or no points in Altegio',
    'только в нашей книге: ожидание, долг или бонусы не в Altegio',
    'тек біздің кітапта: күту, қарыз немесе бонус Altegio-да емес',
  ),
  never_named: words('never named by Altegio', 'не объяснено журналом Altegio', 'Altegio журналы түсіндірмеген'),
  late_twin: words(
    'a write that came late; made up for',
    'поздняя запись; исправлена следующей',
    'кешіккен жазба; келесісімен түзетілді',
  ),
  waiting_for_match: words('not matched yet', 'ещё не сопоставлено', 'әлі салыстырылмаған'),
  waiting_for_balance: words('its balance has not been read yet', 'баланс ещё не прочитан', 'қалдық әлі оқылмаған'),
};

/** A code in a language; one that has no words stands as it is. */
export const codeWord = (code: string, language: Language): string => CODES[code]?.[language] ?? code;
/** Why an entry has no partner, in a language. */
export const whyWord = (why: Why | null, language: Language): string => (why === null ? '' : WHY[why][language]);
