// The fault matrix, third part: a refusal of access and a 429 stop all calls of a chain, so each of these cells has a chain
// to itself while it runs.
import { CALLS, type StepCall } from './matrix/calls.ts';
import { playOnChains } from './matrix/chain.ts';
import { SHARED } from './matrix/faults.ts';

/** From the client on all three are one error (something is parked, and asks a person), so one call of each kind meets these two. */
const LIKE_403 = ['401', '402'];
const isFirstOfKind = (call: StepCall): boolean => CALLS.find(({ kind }) => kind === call.kind) === call;

playOnChains({
  what: 'access and limits',
  faultsOf: (call) => SHARED.filter(({ name }) => !LIKE_403.includes(name) || isFirstOfKind(call)),
  lanes: 12,
  least: 105,
});
