import { StartError } from '../errors.ts';

/** A step of the demo did not happen, or two balances differ: the message is one sentence that says which. */
export class DemoFailure extends StartError {
  override name = 'DemoFailure';
}
