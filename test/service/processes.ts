/** Roles of the built product as processes of their own, beside a stand that gives them database, Altegio and Temporal. */
import { inject } from 'vitest';
import { freePort } from '../../worker/ports.ts';
import { Product } from '../setup/product.ts';
import { type Stand, TOKENS } from './stand.ts';

/** An API process; `api` is its place among the stand's doors. */
export interface ApiProcess {
  readonly product: Product;
  readonly api: number;
}

/** See the file's header. `build()` of test/setup/product.ts comes first. */
export class Roles {
  private readonly stand: Stand;
  private readonly altegioTimeoutMs: number;
  private readonly running = new Set<Product>();

  constructor(stand: Stand, settings: { readonly altegioTimeoutMs: number }) {
    this.stand = stand;
    this.altegioTimeoutMs = settings.altegioTimeoutMs;
  }

  /** Starts a worker and waits until it works. */
  async worker(env: Record<string, string> = {}): Promise<Product> {
    const product = this.start({ ROLE: 'worker', ...env });
    await product.printed(/Worker ready\./);
    return product;
  }

  /** Starts an API on a port of its own and waits until it listens. */
  async api(env: Record<string, string> = {}): Promise<ApiProcess> {
    const port = await freePort();
    const product = this.start({ ROLE: 'api', PORT: String(port), ...env });
    await product.printed(/API ready on port/);
    this.stand.apiUrls.push(`http://127.0.0.1:${port}`);
    return { product, api: this.stand.apiUrls.length - 1 };
  }

  /** Ends a process the hard way: `kill -9`. */
  async kill(product: Product): Promise<void> {
    await product.stop('SIGKILL');
    this.running.delete(product);
  }

  async close(): Promise<void> {
    for (const product of this.running) await this.kill(product);
  }

  private start(env: Record<string, string>): Product {
    const product = new Product({
      DATABASE_URL: this.stand.databaseUrl,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      ALTEGIO_BASE_URL: this.stand.sandbox.url,
      ALTEGIO_PARTNER_TOKEN: TOKENS.partnerToken,
      ALTEGIO_USER_TOKEN: TOKENS.userToken,
      ALTEGIO_TIMEOUT_MS: String(this.altegioTimeoutMs),
      ALTEGIO_REQUESTS_PER_SECOND: '200',
      ALTEGIO_REQUESTS_PER_MINUTE: '6000',
      ADMIN_TOKEN: 'admin-of-the-processes',
      SECRETS_KEY: '0'.repeat(64),
      TASK_QUEUE_PREFIX: this.stand.taskQueuePrefix,
      LOG_LEVEL: 'warn',
      ...env,
    });
    this.running.add(product);
    return product;
  }
}
