/** `POST /v1/quotes`: what a bill could take and earn, and all that the payment would do. Nothing is written. */
import { viewDeposit } from '../../activities/ledger/deposit-view.ts';
import type { PosCaller } from '../../activities/ledger/keys.ts';
import { quoteFor } from '../../activities/ledger/quote.ts';
import { formatAmount, minimum, parseAmount } from '../../domain/money.ts';
import { discountedLines } from '../../domain/payment.ts';
import { planDocument } from '../../domain/plan.ts';
import type { ApiDeps } from '../http/deps.ts';
import { parse } from '../http/validate.ts';
import { checkLines } from './bill.ts';
import { quoteBody } from './bodies.ts';
import { altegioDocument } from './documents.ts';
import { accountById } from './lookups.ts';
import { viewOtherBook } from './other-book.ts';
import { redeemKind } from './redeem-kind.ts';

/** Money in the order of a checkout; bonus comes before all of it, and then the deposit. */
const MONEY = ['cash', 'card'] as const;

/** How many points are quoted: null is the maximum. */
function wantedPoints(redeem: string | undefined): bigint | null {
  if (redeem === undefined || redeem === 'max') return null;
  return redeem === 'none' ? 0n : parseAmount(redeem);
}

/** The bill as it would be settled now; the methods of payment with bonus on top. */
export async function quote(deps: ApiDeps, caller: PosCaller, body: unknown): Promise<object> {
  const { accountId, total, lines = [], redeem, as: wanted } = parse(quoteBody, body);
  const as = redeemKind(caller, wanted);
  if (lines.length > 0) checkLines(total, lines);
  const account = await accountById(deps, caller, accountId);
  const [altegio, deposit] = await Promise.all([
    viewOtherBook(deps, caller, account),
    viewDeposit(deps.pool, account.id),
  ]);
  const { locationId, timeZone } = caller;
  const customerTypeId = account.customerType.id;
  const request = { total, lines, as, redeem: wantedPoints(redeem), locationId, customerTypeId, timeZone };
  const result = quoteFor(account, request, altegio && altegio.balance, deps.clock.now());
  const { settlement, plan } = result;
  const max = formatAmount(result.maxRedeemable);
  const fromDeposit = minimum(total, deposit.available);
  const reason = result.maxRedeemable === 0n ? result.reasons[0] : undefined;
  return {
    maxRedeemable: max,
    due: formatAmount(result.due),
    wouldAccrue: formatAmount(result.wouldAccrue),
    wouldAccrueWithoutBonus: formatAmount(result.wouldAccrueWithoutBonus),
    methods: [
      { type: 'bonus', max, ...(reason === undefined ? {} : { reason }) },
      {
        type: 'deposit',
        max: formatAmount(fromDeposit),
        ...(fromDeposit === 0n && { reason: 'insufficient_deposit' }),
      },
      ...MONEY.map((type) => ({ type, max: formatAmount(total) })),
    ],
    reasons: result.reasons,
    notEarning: settlement.notEarning,
    ...(as === 'discount' && { lines: discountedLines(lines, settlement) }),
    plan: planDocument(plan),
    altegio: altegioDocument(altegio),
  };
}
