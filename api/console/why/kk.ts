import type { WhyWords } from './words.ts';

export const kk: WhyWords = {
  sentences: {
    earned: '{receipt} чегі бойынша бонус есептелетін {base} ақшаның {percent} %-ы — {amount} бонус.',
    redeemed:
      '{total} сомасындағы {receipt} чегін төлеген {whole} бонустың {amount} бөлігі; олардың мерзімі {expires} күні бітетін еді, сондықтан бірінші жұмсалады.',
    redeemedNeverExpiring:
      '{total} сомасындағы {receipt} чегін төлеген {whole} бонустың {amount} бөлігі, мерзімсіз бонустардан.',
    returned: '{receipt} чегінің бір бөлігін төлеген {amount} бонус қайтарылды: {total} ішінен {refunded} қайтарылды.',
    expiredOnReturn:
      '{receipt} чегі бойынша {refunded} қайтарылғанда {amount} бонус қайтты, бірақ мерзімі өтіп кеткен.',
    takenBack:
      '{receipt} чегі үшін {percent} %-бен есептелген {amount} бонус қайтарып алынды: {money} ақша қайтарылды.',
    earnedInVisit:
      '{visit} сапары үшін төленген ақшаның {percent} %-ы, бұрын есептелгенін шегергенде, — {amount} бонус.',
    redeemedInVisit: '{amount} бонус Altegio-дағы {visit} сапарының бір бөлігін төледі.',
    returnedInVisit: 'Altegio-дағы {visit} сапарының бір бөлігін төлеген {amount} бонус қайтарылды.',
    takenBackInVisit:
      '{visit} сапары үшін {percent} %-бен есептелген {amount} бонус қайтарып алынды: оның ақшасы азайды.',
    undone: '{of} операциясы толық болдырылмағандықтан {amount} бонус кері өткізілді: {reason}.',
    expired: 'Пайдаланылмаған {amount} бонустың мерзімі {expires} күні өтті.',
    activated: '{activates} дейін күткен {amount} бонус қолжетімді болды.',
    activatedByPerson: 'Шешім күткен {amount} бонус мақұлданып, қолжетімді болды.',
    external: 'Altegio картасында күтілген {expected} орнына {balance} болды, айырма {difference}: {causes}.',
    adjusted: 'Оператор қалдықты {amount} өзгертті: {reason}.',
    adjustedInPart: 'Оператор қалдықты {whole} өзгертті, оның {amount} бөлігі: {reason}.',
    given: '{amount} бонус қосылды: {reason}.',
    withdrawn: '{amount} бонус алынды: {reason}.',
    opening: 'Altegio картасы қосылғанда онда {amount} бар болатын.',
    repaid: '{amount} бонус бонустар бойынша қарызды өтеді.',
  },
  causes: {
    program_accrual: 'Altegio-ның өз акциясы',
    visit_withdrawal: 'келу кезінде бонуспен төлем',
    referral: 'ұсыныс',
    staff_top_up: 'салон қызметкерлері бонус қосты',
    staff_withdrawal: 'салон қызметкерлері бонус алды',
    overdue_points: 'Altegio-ның өз мерзімі',
    lost_answer: 'жауабы жоғалған біздің өзгеріс',
    late_twin: 'кешігіп келген біздің өзгеріс',
    unknown: 'Altegio себебін атамады',
  },
  cancelled: '{cause}, болдырылмады',
  withoutReason: 'себебі көрсетілмеген',
  version: '{program} бағдарламасы, {version}-нұсқа.',
};
