import type { WhyWords } from './words.ts';

export const de: WhyWords = {
  sentences: {
    earned: '{percent} % der {base} Geld, auf die es bei Beleg {receipt} Punkte gibt, sind {amount} Punkte.',
    redeemed:
      '{amount} der {whole} Punkte, mit denen Beleg {receipt} über {total} bezahlt wurde; sie wären am {expires} verfallen und gehen vor späteren.',
    redeemedNeverExpiring:
      '{amount} der {whole} Punkte, mit denen Beleg {receipt} über {total} bezahlt wurde, aus Punkten ohne Verfall.',
    returned:
      '{amount} Punkte, die einen Teil von Beleg {receipt} bezahlt hatten, kamen zurück: {refunded} von {total} wurden erstattet.',
    expiredOnReturn:
      '{amount} Punkte kamen mit der Erstattung von {refunded} auf Beleg {receipt} zurück, waren aber schon verfallen.',
    takenBack:
      '{amount} Punkte, mit {percent} % auf Beleg {receipt} verdient, wurden zurückgenommen: {money} Geld wurden erstattet.',
    earnedInVisit:
      '{percent} % des Geldes, das in Besuch {visit} bezahlt wurde, abzüglich des schon Gebuchten, sind {amount} Punkte.',
    redeemedInVisit: '{amount} Punkte bezahlten einen Teil von Besuch {visit} in Altegio.',
    returnedInVisit: '{amount} Punkte, die einen Teil von Besuch {visit} in Altegio bezahlt hatten, kamen zurück.',
    takenBackInVisit:
      '{amount} Punkte, mit {percent} % in Besuch {visit} verdient, wurden zurückgenommen: Von seinem Geld steht weniger.',
    undone: '{amount} Punkte gingen den umgekehrten Weg, weil {of} als Ganzes rückgängig gemacht wurde: {reason}.',
    expired: '{amount} Punkte, die niemand eingelöst hatte, sind am {expires} verfallen.',
    activated: '{amount} Punkte, die bis {activates} warten mussten, sind jetzt verfügbar.',
    activatedByPerson: '{amount} Punkte, die auf eine Entscheidung warteten, wurden freigegeben.',
    external:
      'Die Karte in Altegio hielt {balance}, wo {expected} erwartet wurden, ein Unterschied von {difference}: {causes}.',
    adjusted: 'Ein Operator hat den Stand um {amount} geändert: {reason}.',
    adjustedInPart: '{amount} der {whole}, um die ein Operator den Stand geändert hat: {reason}.',
    given: '{amount} Punkte wurden gegeben: {reason}.',
    withdrawn: '{amount} Punkte wurden genommen: {reason}.',
    opening: 'Die Karte in Altegio hielt schon {amount}, als sie übernommen wurde.',
    repaid: '{amount} Punkte haben eine offene Punkteschuld bezahlt.',
  },
  causes: {
    program_accrual: 'eine eigene Aktion von Altegio',
    visit_withdrawal: 'eine Zahlung mit Punkten in einem Besuch',
    referral: 'eine Empfehlung',
    staff_top_up: 'das Personal hat Punkte hinzugefügt',
    staff_withdrawal: 'das Personal hat Punkte genommen',
    overdue_points: 'der eigene Verfall von Altegio',
    lost_answer: 'eine Änderung von uns, deren Antwort verloren ging',
    late_twin: 'eine Änderung von uns, die spät kam',
    unknown: 'von Altegio nicht benannt',
  },
  cancelled: '{cause}, zurückgenommen',
  withoutReason: 'ein Grund ist nicht gespeichert',
  version: 'Programm {program}, Version {version}.',
};
