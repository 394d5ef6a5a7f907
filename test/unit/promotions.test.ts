// Altegio's own promotions: however the list is written, exactly those that accrue on our card type are named.
import { expect, test } from 'vitest';
import { readAs } from '../../activities/altegio/client/body.ts';
import { promotions } from '../../activities/altegio/client/shapes.ts';
import { accruingOn, promotionSentence } from '../../domain/promotions.ts';

const listed = readAs(promotions, {
  // PHP writes a list with gaps as an object.
  3: { id: '1', title: 'Cashback 3%', type: 'cashback_static_paid', loyalty_card_type_ids: [8230] },
  5: {
    id: 2,
    title: 'Burns',
    type: 'cashback_accumulative_paid',
    loyalty_card_types: [{ id: 8230 }],
    expiration_timeout: 90,
  },
  6: { id: 3, title: 'Ten visits', type: 'cashback_paid_visits', loyalty_card_type_ids: { 0: '8230', 2: 8231 } },
  7: { id: 4, title: 'Discount', type: 'discount_static', loyalty_card_type_ids: [8230] },
  8: { id: 5, title: 'Others', type: 'cashback_sold_visits', loyalty_card_type_ids: [8231] },
  9: { id: 6, title: 'Nowhere', type: 'cashback_static_sold', loyalty_card_type_ids: null },
});

test('M-14 every kind of cashback on the card type counts, with its own expiry or without; discounts and other types do not', () => {
  expect(accruingOn(8230n, listed).map(({ id }) => id)).toEqual([1n, 2n, 3n]);
  expect(accruingOn(8231n, listed).map(({ id }) => id)).toEqual([3n, 5n]);
  expect(accruingOn(8232n, listed)).toEqual([]);
});

test('M-14 the refusal names each promotion', () => {
  const [first, second] = accruingOn(8230n, listed);
  if (!first || !second) throw new Error('two promotions accrue');
  expect(promotionSentence([first])).toContain('promotion “Cashback 3%” (1) is attached');
  expect(promotionSentence([first, second])).toContain('promotions “Cashback 3%” (1), “Burns” (2) are attached');
});
