/** Altegio's own promotions: one that accrues on the cards of our program would pay and burn points beside us. */

/** A promotion as Altegio lists it. */
export interface OwnPromotion {
  readonly id: bigint;
  readonly title: string;
  readonly type: string;
  readonly cardTypeIds: readonly bigint[];
}

/** Whether it accrues points; discounts and packages do not move a card. */
export const isCashback = ({ type }: Pick<OwnPromotion, 'type'>): boolean => /cashback/i.test(type);

/** The promotions that accrue on cards of this type, with or without an expiry of their own. */
export function accruingOn<P extends OwnPromotion>(cardTypeId: bigint, promotions: readonly P[]): P[] {
  return promotions.filter((promotion) => isCashback(promotion) && promotion.cardTypeIds.includes(cardTypeId));
}

/** Why a card type cannot carry our program, naming each promotion. */
export function promotionSentence(promotions: readonly Pick<OwnPromotion, 'id' | 'title'>[]): string {
  const named = promotions.map(({ id, title }) => `“${title}” (${id})`).join(', ');
  const one = promotions.length === 1;
  return `Altegio’s own cashback promotion${one ? '' : 's'} ${named} ${one ? 'is' : 'are'} attached to this card type: Altegio would accrue and burn points beside us. Detach ${one ? 'it' : 'them'} in Altegio, Loyalty › Promotions.`;
}
