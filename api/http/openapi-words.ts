/** What the OpenAPI document says about itself. */

const CONVENTIONS = `Bonus points that are identical in the ledger and on the Altegio loyalty card.

**Amounts** are decimal texts in the currency of the program, with two decimals in every answer: \`"1200.00"\`. One point is
one unit of the currency. A request may also send a JSON number with at most two decimals. Exponents, more decimals and
negative amounts where none makes sense are refused.

**Times** are RFC 3339 with offset. **Card numbers and phones** are always texts.

**Problems** are \`application/problem+json\` with a \`code\` to program against, \`posAction\` (what the till does),
\`cashierMessage\` (what the cashier reads, in the language of \`Accept-Language\`, en or ru), \`retryable\` and \`requestId\`.

**Idempotency-Key**, on any POST that names it: the same key and body get the same answer, with the header
\`Idempotent-Replayed: true\`; the same key with another body is 422 \`idempotency_key_reused\`. Keys are kept 35 days.

Every call of a till is answered within 4 s. **503 always means that nothing has happened and nothing will.**`;

export const INFO = {
  title: 'Bonus Mirror',
  version: '1',
  description: CONVENTIONS,
  license: { name: 'MIT', identifier: 'MIT' },
};

/** What the calls are about, in the order in which one learns them. */
export const TAGS = {
  Till: 'What a till calls, in the order of a sale. Needs the POS key of a location.',
  'Set-up': 'Locations, programs, tills and their keys. These and all below need the operator’s token.',
  Cards: 'Card numbers: their ranges, many at once for the printer, and the check of a print or a swipe.',
  Customers: 'Who the customers are, their types, and what they earned and redeemed.',
  Accounts: 'Customers’ points in both books.',
  Deposits: 'Customers’ money that is kept in advance: a book of its own, which Altegio is not told of.',
  Operations: 'What changed points, and what an operator does about one that cannot go on.',
  Breaks: 'What needs a person.',
  Reviews: 'Points that wait for a person because a limit was passed, and what looks like fraud.',
  Drifts: 'What others changed in Altegio.',
  Visits: 'What visits in Altegio have come to, and what was posted for them.',
  Reconciliation: 'Comparing both books now.',
  Proof: 'Exactly once, or what is wrong.',
  Altegio: 'Our access to Altegio, and the events it sends us.',
  Health: 'How the service stands. Needs no token.',
} as const;
