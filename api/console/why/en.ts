import type { WhyWords } from './words.ts';

export const en: WhyWords = {
  sentences: {
    earned: '{percent} % of the {base} of money that earns on receipt {receipt} is {amount} points.',
    redeemed:
      '{amount} of the {whole} points that paid receipt {receipt} of {total}; they would have expired on {expires} and go before later ones.',
    redeemedNeverExpiring:
      '{amount} of the {whole} points that paid receipt {receipt} of {total}, from points that never expire.',
    returned:
      '{amount} points that had paid a part of receipt {receipt} came back: {refunded} of {total} was refunded.',
    expiredOnReturn:
      '{amount} points came back with the refund of {refunded} of receipt {receipt}, but their time was over.',
    takenBack:
      '{amount} points earned at {percent} % on receipt {receipt} were taken back: {money} of its money was returned.',
    earnedInVisit:
      '{percent} % of the money paid in visit {visit}, less what had been posted for it, is {amount} points.',
    redeemedInVisit: '{amount} points paid a part of visit {visit} in Altegio.',
    returnedInVisit: '{amount} points that had paid a part of visit {visit} in Altegio came back.',
    takenBackInVisit:
      '{amount} points earned at {percent} % in visit {visit} were taken back: less of its money stands.',
    undone: '{amount} points went the other way, because {of} was undone as a whole: {reason}.',
    expired: '{amount} points that nobody had used expired on {expires}.',
    activated: '{amount} points that had to wait until {activates} became available.',
    activatedByPerson: '{amount} points that waited for a person were approved and became available.',
    external:
      'The card in Altegio held {balance} where {expected} was expected, a difference of {difference}: {causes}.',
    adjusted: 'An operator changed the balance by {amount}: {reason}.',
    adjustedInPart: '{amount} of the {whole} by which an operator changed the balance: {reason}.',
    given: '{amount} points were given: {reason}.',
    withdrawn: '{amount} points were taken: {reason}.',
    opening: 'The card in Altegio held {amount} already when it was taken over.',
    repaid: '{amount} points paid a debt of points that was still open.',
  },
  causes: {
    program_accrual: 'a promotion of Altegio’s own',
    visit_withdrawal: 'a payment with points in a visit',
    referral: 'a referral',
    staff_top_up: 'the salon’s staff added points',
    staff_withdrawal: 'the salon’s staff took points',
    overdue_points: 'Altegio’s own expiry',
    lost_answer: 'a change of ours whose answer was lost',
    late_twin: 'a change of ours that came late',
    unknown: 'not named by Altegio',
  },
  cancelled: '{cause}, taken back',
  withoutReason: 'no reason is stored',
  version: 'Program {program}, version {version}.',
};
