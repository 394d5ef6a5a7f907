import type { WhyWords } from './words.ts';

export const uk: WhyWords = {
  sentences: {
    earned: '{percent} % від {base} грошей за чеком {receipt}, на які нараховуються бонуси, — це {amount}.',
    redeemed:
      '{amount} із {whole} бонусів, якими сплачено чек {receipt} на {total}; вони згоріли б {expires} і витрачаються раніше за пізніші.',
    redeemedNeverExpiring: '{amount} із {whole} бонусів, якими сплачено чек {receipt} на {total}, — із безстрокових.',
    returned:
      'Повернулися {amount} бонусів, якими було сплачено частину чека {receipt}: повернено {refunded} із {total}.',
    expiredOnReturn:
      '{amount} бонусів повернулися з поверненням {refunded} за чеком {receipt}, але їхній строк уже минув.',
    takenBack: '{amount} бонусів, нарахованих за {percent} % на чек {receipt}, скасовано: повернено {money} грошей.',
    earnedInVisit:
      '{percent} % від грошей, сплачених за візит {visit}, за вирахуванням уже проведеного, — це {amount} бонусів.',
    redeemedInVisit: '{amount} бонусів сплатили частину візиту {visit} в Altegio.',
    returnedInVisit: 'Повернулися {amount} бонусів, якими було сплачено частину візиту {visit} в Altegio.',
    takenBackInVisit:
      '{amount} бонусів, нарахованих за {percent} % за візит {visit}, скасовано: грошей за ним стало менше.',
    undone: '{amount} бонусів проведено назад, бо операцію {of} скасовано повністю: {reason}.',
    expired: '{amount} невикористаних бонусів згоріли {expires}.',
    activated: '{amount} бонусів, що чекали до {activates}, стали доступні.',
    activatedByPerson: '{amount} бонусів, що чекали рішення, схвалено, і вони стали доступні.',
    external: 'На картці в Altegio було {balance} замість очікуваних {expected}, різниця {difference}: {causes}.',
    adjusted: 'Оператор змінив баланс на {amount}: {reason}.',
    adjustedInPart: '{amount} із {whole}, на які оператор змінив баланс: {reason}.',
    given: 'Додано {amount} бонусів: {reason}.',
    withdrawn: 'Списано {amount} бонусів: {reason}.',
    opening: 'На картці в Altegio вже було {amount}, коли її підключили.',
    repaid: '{amount} бонусів погасили борг за бонусами.',
  },
  causes: {
    program_accrual: 'власна акція Altegio',
    visit_withdrawal: 'оплата бонусами у візиті',
    referral: 'рекомендація',
    staff_top_up: 'працівники салону додали бонуси',
    staff_withdrawal: 'працівники салону списали бонуси',
    overdue_points: 'власне згоряння Altegio',
    lost_answer: 'наша зміна, відповідь на яку загубилася',
    late_twin: 'наша зміна, що надійшла із запізненням',
    unknown: 'Altegio не назвав причини',
  },
  cancelled: '{cause}, скасовано',
  withoutReason: 'причину не вказано',
  version: 'Програма {program}, версія {version}.',
};
