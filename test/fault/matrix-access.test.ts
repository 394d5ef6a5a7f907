// The fault matrix, third part: a refusal of access and a 429 stop all calls of a chain, so each of these cells has a chain
// to itself while it runs.
import { playOnChains } from './matrix/chain.ts';
import { SHARED } from './matrix/faults.ts';

playOnChains({ what: 'access and limits', faultsOf: () => SHARED, lanes: 12, least: 180 });
