/** The receipt's words in the customer's languages. */
import { type Language, words, type Words } from '../../http/languages.ts';

/** Everything a receipt says besides names and amounts. */
export const WORDS = {
  receipt: words('Receipt', 'Чек', 'Чек'),
  till: words('Till', 'Касса', 'Касса'),
  cashier: words('Cashier', 'Кассир', 'Кассир'),
  subtotal: words('Subtotal', 'Сумма', 'Сомасы'),
  discount: words('Discount', 'Скидка', 'Жеңілдік'),
  total: words('Total', 'Итого', 'Барлығы'),
  paidBy: words('Paid by', 'Оплата', 'Төлем'),
  tip: words('Tip', 'Чаевые', 'Шайлық'),
  received: words('Received', 'Получено', 'Алынды'),
  change: words('Change', 'Сдача', 'Қайтарым'),
  vat: words('incl. VAT', 'в т.ч. НДС', 'оның ішінде ҚҚС'),
  bonus: words('Bonus points', 'Бонусы', 'Бонустар'),
  before: words('Before', 'Было', 'Болған'),
  taken: words('Taken', 'Списано', 'Жұмсалды'),
  earned: words('Earned', 'Начислено', 'Есептелді'),
  waiting: words('of it not to be spent yet', 'из них пока ожидает', 'оның ішінде күтуде'),
  now: words('Now', 'Стало', 'Қазір'),
  refused: words('Promised offline, not taken', 'Обещано без связи, не списано', 'Байланыссыз уәде етілді, жұмсалмады'),
  byPayer: words('of it paid by the payer', 'из них оплатил плательщик', 'оның ішінде төлеуші төледі'),
  depositLeft: words('Deposit left', 'Остаток депозита', 'Депозит қалдығы'),
  depositHere: words('not counted in Altegio', 'не учитывается в Altegio', 'Altegio жүйесінде есептелмейді'),
  partlyRefunded: words('Partly refunded', 'Частичный возврат', 'Ішінара қайтарылған'),
  refunded: words('Refunded', 'Возврат', 'Қайтарылған'),
} as const satisfies Record<string, Words>;

const TENDERS: Readonly<Record<string, Words>> = {
  bonus: words('Bonus points', 'Бонусы', 'Бонустар'),
  deposit: words('Deposit', 'Депозит', 'Депозит'),
  cash: words('Cash', 'Наличные', 'Қолма-қол'),
  card: words('Card', 'Карта', 'Карта'),
  giftCard: words('Gift card', 'Подарочная карта', 'Сыйлық картасы'),
  other: words('Other', 'Другое', 'Басқа'),
  money: words('Money', 'Деньги', 'Ақша'),
};

/** A tender's name; one that has no words stands as it is. */
export const tenderWord = (type: string, language: Language): string => TENDERS[type]?.[language] ?? type;
