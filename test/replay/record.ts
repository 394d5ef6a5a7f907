/** `npm run record`: keeps the history of every path. Run it when a path is new; old histories stay as they are. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { it } from 'vitest';
import { startStand } from '../service/stand.ts';
import { PATHS } from './paths.ts';

const folder = join(import.meta.dirname, '..', 'histories');
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')) as {
  version: string;
};

it('records the paths that have no history yet', { timeout: 300_000 }, async () => {
  const stand = await startStand('record', { timeoutMs: 800 });
  try {
    for (const { name, drive, waits } of PATHS) {
      const file = join(folder, `${name}-${version}.json`);
      const workflowId = await drive(stand);
      const handle = stand.client.workflow.getHandle(workflowId);
      if (!waits) await handle.result().catch(() => undefined);
      if (existsSync(file)) continue;
      writeFileSync(file, `${historyToJSON(await handle.fetchHistory())}\n`);
      console.log(`recorded ${name}`);
    }
  } finally {
    await stand.close();
  }
});
