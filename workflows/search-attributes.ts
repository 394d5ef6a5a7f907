/** The search attributes an operator filters by in the Temporal UI; registered at start (worker/temporal-setup.ts). */
import { defineSearchAttributeKey } from '@temporalio/common';

/** Typed keys. `amountMinor` and `driftMinor` are minor units. */
export const SEARCH = {
  accountId: defineSearchAttributeKey('AccountId', 'KEYWORD'),
  cardId: defineSearchAttributeKey('CardId', 'KEYWORD'),
  locationId: defineSearchAttributeKey('LocationId', 'KEYWORD'),
  phase: defineSearchAttributeKey('Phase', 'KEYWORD'),
  amountMinor: defineSearchAttributeKey('AmountMinor', 'INT'),
  driftMinor: defineSearchAttributeKey('DriftMinor', 'INT'),
} as const;
