import type { WhyWords } from './words.ts';

export const uz: WhyWords = {
  sentences: {
    earned: '{receipt} cheki bo‘yicha bonus beriladigan {base} pulning {percent} % i — {amount} bonus.',
    redeemed:
      '{total} summali {receipt} chekini to‘lagan {whole} bonusning {amount} qismi; ularning muddati {expires} da tugar edi, shuning uchun avval sarflanadi.',
    redeemedNeverExpiring:
      '{total} summali {receipt} chekini to‘lagan {whole} bonusning {amount} qismi, muddatsiz bonuslardan.',
    returned: '{receipt} chekining bir qismini to‘lagan {amount} bonus qaytdi: {total} dan {refunded} qaytarildi.',
    expiredOnReturn:
      '{receipt} cheki bo‘yicha {refunded} qaytarilganda {amount} bonus qaytdi, ammo muddati o‘tgan edi.',
    takenBack:
      '{receipt} cheki uchun {percent} % bilan berilgan {amount} bonus qaytarib olindi: {money} pul qaytarildi.',
    earnedInVisit:
      '{visit} tashrifi uchun to‘langan pulning {percent} % i, avval berilgani ayirilganda, — {amount} bonus.',
    redeemedInVisit: '{amount} bonus Altegio’dagi {visit} tashrifining bir qismini to‘ladi.',
    returnedInVisit: 'Altegio’dagi {visit} tashrifining bir qismini to‘lagan {amount} bonus qaytdi.',
    takenBackInVisit:
      '{visit} tashrifi uchun {percent} % bilan berilgan {amount} bonus qaytarib olindi: uning puli kamaydi.',
    undone: '{of} amali butunlay bekor qilingani uchun {amount} bonus teskari o‘tkazildi: {reason}.',
    expired: 'Ishlatilmagan {amount} bonusning muddati {expires} da tugadi.',
    activated: '{activates} gacha kutgan {amount} bonusdan foydalanish mumkin bo‘ldi.',
    activatedByPerson: 'Qaror kutgan {amount} bonus tasdiqlandi va undan foydalanish mumkin bo‘ldi.',
    external: 'Altegio kartasida kutilgan {expected} o‘rniga {balance} bor edi, farqi {difference}: {causes}.',
    adjusted: 'Operator qoldiqni {amount} ga o‘zgartirdi: {reason}.',
    adjustedInPart: 'Operator qoldiqni {whole} ga o‘zgartirdi, uning {amount} qismi: {reason}.',
    given: '{amount} bonus qo‘shildi: {reason}.',
    withdrawn: '{amount} bonus olindi: {reason}.',
    opening: 'Altegio kartasi ulanganda unda {amount} bor edi.',
    repaid: '{amount} bonus bonuslar bo‘yicha qarzni qopladi.',
  },
  causes: {
    program_accrual: 'Altegio’ning o‘z aksiyasi',
    visit_withdrawal: 'tashrifda bonus bilan to‘lov',
    referral: 'tavsiya',
    staff_top_up: 'salon xodimlari bonus qo‘shdi',
    staff_withdrawal: 'salon xodimlari bonus oldi',
    overdue_points: 'Altegio’ning o‘z muddati',
    lost_answer: 'javobi yo‘qolgan bizning o‘zgarishimiz',
    late_twin: 'kechikib kelgan bizning o‘zgarishimiz',
    unknown: 'Altegio sababini aytmadi',
  },
  cancelled: '{cause}, bekor qilindi',
  withoutReason: 'sabab ko‘rsatilmagan',
  version: '{program} dasturi, {version}-versiya.',
};
