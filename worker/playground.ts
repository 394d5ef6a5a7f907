import type { Playground, RestingWorker } from '../api/play/playground.ts';
import type { Config } from './config.ts';
import { readKept } from './secrets.ts';

/**
 * What the page `/play` may touch; null unless both Altegio and the database are the embedded ones: it makes up sales, and
 * shows the key of its till to whoever opens it.
 */
export function createPlayground(config: Config, worker: RestingWorker): Playground | null {
  const { embedded, sandboxPort, dataDir } = config;
  if (!embedded.sandbox || !embedded.postgres) return null;
  return {
    controlUrl: `http://127.0.0.1:${sandboxPort}/control`,
    salonUrl: `http://localhost:${sandboxPort}`,
    tillKey: () => readKept(dataDir, 'till-key'),
    worker,
  };
}
