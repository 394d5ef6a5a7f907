import type { WhyWords } from './words.ts';

export const ky: WhyWords = {
  sentences: {
    earned: '{receipt} чеги боюнча бонус эсептелген {base} акчанын {percent} % ы — {amount} бонус.',
    redeemed:
      '{total} суммасындагы {receipt} чегин төлөгөн {whole} бонустун {amount} бөлүгү; алардын мөөнөтү {expires} күнү бүтмөк, ошондуктан биринчи сарпталат.',
    redeemedNeverExpiring:
      '{total} суммасындагы {receipt} чегин төлөгөн {whole} бонустун {amount} бөлүгү, мөөнөтсүз бонустардан.',
    returned: '{receipt} чегинин бир бөлүгүн төлөгөн {amount} бонус кайтты: {total} ичинен {refunded} кайтарылды.',
    expiredOnReturn: '{receipt} чеги боюнча {refunded} кайтарылганда {amount} бонус кайтты, бирок мөөнөтү өтүп кеткен.',
    takenBack: '{receipt} чеги үчүн {percent} % менен эсептелген {amount} бонус кайра алынды: {money} акча кайтарылды.',
    earnedInVisit:
      '{visit} келүүсү үчүн төлөнгөн акчанын {percent} % ы, мурда эсептелгени кемитилгенде, — {amount} бонус.',
    redeemedInVisit: '{amount} бонус Altegio’догу {visit} келүүсүнүн бир бөлүгүн төлөдү.',
    returnedInVisit: 'Altegio’догу {visit} келүүсүнүн бир бөлүгүн төлөгөн {amount} бонус кайтты.',
    takenBackInVisit:
      '{visit} келүүсү үчүн {percent} % менен эсептелген {amount} бонус кайра алынды: анын акчасы азайды.',
    undone: '{of} операциясы толугу менен жокко чыгарылгандыктан {amount} бонус кайра өткөрүлдү: {reason}.',
    expired: 'Колдонулбаган {amount} бонустун мөөнөтү {expires} күнү бүттү.',
    activated: '{activates} чейин күткөн {amount} бонус жеткиликтүү болду.',
    activatedByPerson: 'Чечим күткөн {amount} бонус жактырылып, жеткиликтүү болду.',
    external: 'Altegio картасында күтүлгөн {expected} ордуна {balance} бар эле, айырма {difference}: {causes}.',
    adjusted: 'Оператор калдыкты {amount} өзгөрттү: {reason}.',
    adjustedInPart: 'Оператор калдыкты {whole} өзгөрттү, анын {amount} бөлүгү: {reason}.',
    given: '{amount} бонус кошулду: {reason}.',
    withdrawn: '{amount} бонус алынды: {reason}.',
    opening: 'Altegio картасы туташтырылганда анда {amount} бар болчу.',
    repaid: '{amount} бонус бонустар боюнча карызды жапты.',
  },
  causes: {
    program_accrual: 'Altegio’нун өз акциясы',
    visit_withdrawal: 'келүү учурунда бонус менен төлөө',
    referral: 'сунуш',
    staff_top_up: 'салондун кызматкерлери бонус кошту',
    staff_withdrawal: 'салондун кызматкерлери бонус алды',
    overdue_points: 'Altegio’нун өз мөөнөтү',
    lost_answer: 'жообу жоголгон биздин өзгөртүү',
    late_twin: 'кечигип келген биздин өзгөртүү',
    unknown: 'Altegio себебин айткан жок',
  },
  cancelled: '{cause}, жокко чыгарылды',
  withoutReason: 'себеби көрсөтүлгөн эмес',
  version: '{program} программасы, {version}-версия.',
};
