import type { WhyWords } from './words.ts';

export const ru: WhyWords = {
  sentences: {
    earned: '{percent} % от {base} денег по чеку {receipt}, на которые начисляются бонусы, — это {amount}.',
    redeemed:
      '{amount} из {whole} бонусов, которыми оплачен чек {receipt} на {total}; они сгорели бы {expires} и уходят раньше более поздних.',
    redeemedNeverExpiring: '{amount} из {whole} бонусов, которыми оплачен чек {receipt} на {total}, — из бессрочных.',
    returned:
      'Вернулись {amount} бонусов, которыми была оплачена часть чека {receipt}: возвращено {refunded} из {total}.',
    expiredOnReturn: '{amount} бонусов вернулись при возврате {refunded} по чеку {receipt}, но их срок уже прошёл.',
    takenBack: '{amount} бонусов, начисленных по {percent} % за чек {receipt}, отменены: возвращено {money} денег.',
    earnedInVisit:
      '{percent} % от денег, оплаченных за визит {visit}, за вычетом уже проведённого, — это {amount} бонусов.',
    redeemedInVisit: '{amount} бонусов оплатили часть визита {visit} в Altegio.',
    returnedInVisit: 'Вернулись {amount} бонусов, которыми была оплачена часть визита {visit} в Altegio.',
    takenBackInVisit:
      '{amount} бонусов, начисленных по {percent} % за визит {visit}, отменены: денег по нему стало меньше.',
    undone: '{amount} бонусов проведены обратно, потому что операция {of} отменена целиком: {reason}.',
    expired: '{amount} неиспользованных бонусов сгорели {expires}.',
    activated: '{amount} бонусов, ожидавших до {activates}, стали доступны.',
    activatedByPerson: '{amount} бонусов, ожидавших решения, одобрены и стали доступны.',
    external: 'На карте в Altegio было {balance} вместо ожидавшихся {expected}, разница {difference}: {causes}.',
    adjusted: 'Оператор изменил баланс на {amount}: {reason}.',
    adjustedInPart: '{amount} из {whole}, на которые оператор изменил баланс: {reason}.',
    given: 'Добавлено {amount} бонусов: {reason}.',
    withdrawn: 'Списано {amount} бонусов: {reason}.',
    opening: 'На карте в Altegio уже было {amount}, когда её подключили.',
    repaid: '{amount} бонусов погасили долг по бонусам.',
  },
  causes: {
    program_accrual: 'собственная акция Altegio',
    visit_withdrawal: 'оплата бонусами в визите',
    referral: 'рекомендация',
    staff_top_up: 'сотрудники салона добавили бонусы',
    staff_withdrawal: 'сотрудники салона списали бонусы',
    overdue_points: 'собственное сгорание Altegio',
    lost_answer: 'наше изменение, ответ на которое потерялся',
    late_twin: 'наше изменение, пришедшее с опозданием',
    unknown: 'Altegio не назвал причину',
  },
  cancelled: '{cause}, отменено',
  withoutReason: 'причина не указана',
  version: 'Программа {program}, версия {version}.',
};
