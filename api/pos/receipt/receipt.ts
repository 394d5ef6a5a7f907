/** `GET /v1/payments/{id}/receipt`: the document of a sale, as JSON, as a page of 80 mm, or as PDF, by Accept. */
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { PosCaller } from '../../../activities/ledger/keys.ts';
import { findPayment } from '../../../activities/ledger/payment-row.ts';
import { findSale, type Sale } from '../../../activities/ledger/receipt-view.ts';
import { formatAmount, type Minor } from '../../../domain/money.ts';
import { countryOf } from '../../http/country.ts';
import type { ApiDeps } from '../../http/deps.ts';
import { LANGUAGES, languageOf } from '../../http/languages.ts';
import { offsetTime } from '../../http/local-time.ts';
import { Problem } from '../../http/problem.ts';
import { amountText } from '../../http/schemas.ts';
import { parse } from '../../http/validate.ts';
import { paymentPath } from '../bodies.ts';
import { notMirrored } from '../deposit-bodies.ts';
import { type ReceiptFacts, receiptFacts } from './facts.ts';
import { receiptHtml, receiptPdf } from './layouts.ts';
import { receiptRows } from './rows.ts';
import { WORDS } from './words.ts';

/** The query of the call. */
export const receiptQuery = z.strictObject({
  lang: z.enum(LANGUAGES).optional().meta({ description: 'Default: the language of the location’s country' }),
});

/** The document as JSON. */
export const receiptAnswer = z
  .object({
    paymentId: z.string(),
    receipt: z.string(),
    state: z.string(),
    shop: z.object({ title: z.string(), address: z.string().nullable() }),
    soldAt: z.string().meta({ format: 'date-time', description: 'With the offset of the location' }),
    currency: z.string(),
    terminal: z.string().nullable(),
    operator: z.string().nullable(),
    lines: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        price: amountText,
        discount: amountText,
        amount: amountText,
        vatRate: z.string().nullable(),
      }),
    ),
    subtotal: amountText,
    discount: amountText,
    total: amountText,
    tenders: z.array(z.object({ type: z.string(), amount: amountText })),
    refunded: amountText.meta({ description: 'Part of the total that went back since; everything else is as sold' }),
    tip: amountText,
    received: amountText.nullable(),
    change: amountText.nullable(),
    vat: z.array(z.object({ rate: z.string(), gross: amountText, net: amountText, vat: amountText })),
    deposit: z
      .object({
        byPayer: amountText.meta({ description: 'Of its part: paid by the linked payer' }),
        left: amountText.meta({ description: 'What was left to pay from right after' }),
        altegio: notMirrored,
      })
      .nullable(),
    bonus: z.object({
      before: amountText,
      taken: amountText,
      earned: amountText,
      now: amountText,
      waiting: amountText.meta({ description: 'Of what was earned: not to be spent yet' }),
    }),
  })
  .meta({ id: 'ReceiptDocument' });

const orNull = (amount: Minor | null): string | null => (amount === null ? null : formatAmount(amount));

function toWire(sale: Sale, facts: ReceiptFacts): z.infer<typeof receiptAnswer> {
  const { bonus, deposit } = facts;
  const { title, address, timeZone } = sale.shop;
  return {
    paymentId: sale.id,
    receipt: sale.receipt,
    state: sale.state,
    shop: { title, address },
    soldAt: offsetTime(sale.soldAt, timeZone),
    currency: sale.currency,
    terminal: sale.request.terminal ?? null,
    operator: sale.request.operator ?? null,
    lines: facts.lines.map((line) => ({
      ...line,
      price: formatAmount(line.price),
      discount: formatAmount(line.discount),
      amount: formatAmount(line.amount),
    })),
    subtotal: formatAmount(facts.subtotal),
    discount: formatAmount(facts.discount),
    total: formatAmount(facts.total),
    tenders: facts.tenders.map(({ type, amount }) => ({ type, amount: formatAmount(amount) })),
    refunded: formatAmount(facts.refunded),
    tip: formatAmount(facts.tip),
    received: orNull(facts.received),
    change: orNull(facts.change),
    vat: facts.vat.map(({ rate, gross, net, vat }) => ({
      rate,
      gross: formatAmount(gross),
      net: formatAmount(net),
      vat: formatAmount(vat),
    })),
    deposit: deposit && {
      byPayer: formatAmount(deposit.byPayer),
      left: formatAmount(deposit.left),
      altegio: 'not_mirrored',
    },
    bonus: {
      before: formatAmount(bonus.before),
      taken: formatAmount(bonus.taken),
      earned: formatAmount(bonus.earned),
      now: formatAmount(bonus.now),
      waiting: formatAmount(bonus.waiting),
    },
  };
}

/** The sale named in the path, of the caller's own location. @throws Problem */
async function saleOf({ pool }: ApiDeps, caller: PosCaller, paymentId: string): Promise<Sale> {
  const payment = await findPayment(pool, paymentId);
  if (!payment) throw new Problem('payment_not_found');
  if (payment.locationId !== caller.locationId)
    throw new Problem('forbidden_location', { detail: 'The payment belongs to another location than this key.' });
  const sale = await findSale(pool, paymentId);
  if (!sale)
    throw new Problem('not_captured', { detail: `The payment is ${payment.state}: there is nothing to print.` });
  return sale;
}

/** Handles the call. */
export async function getReceipt(deps: ApiDeps, caller: PosCaller, req: Request, res: Response): Promise<void> {
  const { id } = parse(paymentPath, req.params, 'path');
  const { lang } = parse(receiptQuery, req.query, 'query');
  const form = req.accepts(['application/json', 'text/html', 'application/pdf']);
  if (form === false) throw new Problem('not_acceptable', { detail: 'There is JSON, HTML and PDF.' });
  const sale = await saleOf(deps, caller, id);
  const facts = receiptFacts(sale);
  res.vary('Accept');
  if (form === 'application/json') {
    res.json(toWire(sale, facts));
    return;
  }
  const language = lang ?? languageOf(countryOf(sale.shop.timeZone));
  const rows = receiptRows(sale, facts, language);
  const title = `${WORDS.receipt[language]} ${sale.receipt}`;
  res.type(form);
  if (form === 'text/html') res.send(receiptHtml(title, rows, language));
  else res.send(await receiptPdf(title, rows, language));
}
