import type { WhyWords } from './words.ts';

export const es: WhyWords = {
  sentences: {
    earned: 'El {percent} % de los {base} de dinero que da puntos en el recibo {receipt} son {amount} puntos.',
    redeemed:
      '{amount} de los {whole} puntos que pagaron el recibo {receipt} de {total}; habrían caducado el {expires} y se usan antes que los posteriores.',
    redeemedNeverExpiring:
      '{amount} de los {whole} puntos que pagaron el recibo {receipt} de {total}, de puntos que no caducan.',
    returned:
      'Volvieron {amount} puntos que habían pagado parte del recibo {receipt}: se devolvieron {refunded} de {total}.',
    expiredOnReturn:
      '{amount} puntos volvieron con la devolución de {refunded} del recibo {receipt}, pero ya habían caducado.',
    takenBack:
      'Se retiraron {amount} puntos ganados al {percent} % en el recibo {receipt}: se devolvieron {money} de dinero.',
    earnedInVisit:
      'El {percent} % del dinero pagado en la visita {visit}, menos lo ya asentado por ella, son {amount} puntos.',
    redeemedInVisit: '{amount} puntos pagaron parte de la visita {visit} en Altegio.',
    returnedInVisit: 'Volvieron {amount} puntos que habían pagado parte de la visita {visit} en Altegio.',
    takenBackInVisit:
      'Se retiraron {amount} puntos ganados al {percent} % en la visita {visit}: queda menos de su dinero.',
    undone: '{amount} puntos se movieron al revés porque {of} se deshizo por completo: {reason}.',
    expired: '{amount} puntos que nadie había usado caducaron el {expires}.',
    activated: '{amount} puntos que esperaban hasta el {activates} ya están disponibles.',
    activatedByPerson: '{amount} puntos que esperaban una decisión se aprobaron y ya están disponibles.',
    external:
      'La tarjeta en Altegio tenía {balance} donde se esperaban {expected}, una diferencia de {difference}: {causes}.',
    adjusted: 'Un operador cambió el saldo en {amount}: {reason}.',
    adjustedInPart: '{amount} de los {whole} en que un operador cambió el saldo: {reason}.',
    given: 'Se dieron {amount} puntos: {reason}.',
    withdrawn: 'Se quitaron {amount} puntos: {reason}.',
    opening: 'La tarjeta en Altegio ya tenía {amount} cuando se incorporó.',
    repaid: '{amount} puntos pagaron una deuda de puntos.',
  },
  causes: {
    program_accrual: 'una promoción propia de Altegio',
    visit_withdrawal: 'un pago con puntos en una visita',
    referral: 'una recomendación',
    staff_top_up: 'el personal del salón añadió puntos',
    staff_withdrawal: 'el personal del salón quitó puntos',
    overdue_points: 'la caducidad propia de Altegio',
    lost_answer: 'un cambio nuestro cuya respuesta se perdió',
    late_twin: 'un cambio nuestro que llegó tarde',
    unknown: 'Altegio no dice por qué',
  },
  cancelled: '{cause}, anulado',
  withoutReason: 'no consta ningún motivo',
  version: 'Programa {program}, versión {version}.',
};
