// The fault matrix, second part: the journal, webhooks and the sandbox's settings belong to a whole chain, and so does
// every fault of a call that is the chain's.
import { playOnChains } from './matrix/chain.ts';
import { AIMED, EMPTIED, JOURNAL, WEBHOOKS } from './matrix/faults.ts';

playOnChains({
  what: 'journal, webhooks and settings',
  faultsOf: ({ alone }) => [...(alone ? AIMED : []), ...JOURNAL, ...WEBHOOKS, ...EMPTIED],
  lanes: 8,
  least: 185,
});
