/** Says why a test failed as soon as it has: a run that is cut off has told by then what it found. */
import type { Reporter, TestCase } from 'vitest/node';

/** See the file's header. The whole story stands at the end of a run. */
export default class AtOnce implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const { state, errors } = test.result();
    if (state !== 'failed') return;
    for (const { message } of errors ?? []) console.log(`FAILED ${test.fullName}\n  ${message}`);
  }
}
