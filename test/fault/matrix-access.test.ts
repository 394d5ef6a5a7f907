// The fault matrix, third part: a refusal of access and a 429 stop all calls of a chain, so each of these cells has a chain
// to itself while it runs.
import { CALLS, type StepCall } from './matrix/calls.ts';
import { playOnChains } from './matrix/chain.ts';
import { SHARED } from './matrix/faults.ts';

/** From the client on a 402 is what a 403 is (both park the location), so one call of each kind meets it. */
const meets402 = (call: StepCall): boolean => CALLS.find(({ kind }) => kind === call.kind) === call;

playOnChains({
  what: 'access and limits',
  faultsOf: (call) => SHARED.filter(({ name }) => name !== '402' || meets402(call)),
  lanes: 10,
  least: 145,
});
