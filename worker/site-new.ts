/** `npm run site:new -- --name Demo`: a location that works, in the running product, and what to do next. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isTimeZone } from '../domain/program.ts';
import { loadEnvFile } from './env-file.ts';
import { StartError } from './errors.ts';
import { runningParts } from './run-file.ts';
import { readKept } from './secrets.ts';
import { parseSettings, type Settings } from './settings.ts';
import { makeSite, type Site, type SiteWish } from './site/make.ts';

const USAGE =
  'Usage: npm run site:new -- --name Demo [--provider own|altegio] [--time-zone Asia/Almaty] [--currency KZT]';

function readWish(): SiteWish {
  const text = { type: 'string' } as const;
  const options = { name: text, provider: text, 'time-zone': text, currency: text };
  let values: Partial<Record<keyof typeof options, string>>;
  try {
    ({ values } = parseArgs({ options }));
  } catch (cause) {
    throw new StartError(`${(cause as Error).message}\n${USAGE}`, { cause });
  }
  const { name, provider = 'altegio', 'time-zone': timeZone = 'Asia/Almaty', currency = 'KZT' } = values;
  if (!name?.trim()) throw new StartError(`--name is missing.\n${USAGE}`);
  if (provider !== 'own' && provider !== 'altegio') throw new StartError(`--provider is own or altegio.\n${USAGE}`);
  if (!isTimeZone(timeZone)) throw new StartError('--time-zone must be an IANA time zone such as Asia/Almaty.');
  if (!/^[A-Z]{3}$/.test(currency)) throw new StartError('--currency must be an ISO 4217 code such as KZT.');
  return { name: name.trim(), provider, timeZone, currency };
}

function adminTokenOf({ ADMIN_TOKEN, DATA_DIR }: Settings): string {
  const token = ADMIN_TOKEN ?? readKept(resolve(DATA_DIR), 'admin-token');
  if (token) return token;
  throw new StartError('There is no ADMIN_TOKEN: start the product with npm start first, or set the one it runs with.');
}

/** `/control` of the embedded sandbox; with any other Altegio nothing is connected or issued by a command. */
async function sandboxUrlOf({ ALTEGIO_BASE_URL, DATA_DIR, SANDBOX_PORT }: Settings): Promise<string> {
  const parts = ALTEGIO_BASE_URL ? null : await runningParts(resolve(DATA_DIR));
  if (parts?.includes('the Altegio sandbox')) return `http://127.0.0.1:${SANDBOX_PORT}/control`;
  throw new StartError(
    'This makes up a customer and refuses, because Altegio is not the running embedded sandbox: say --provider own, or connect a location yourself at POST /api/connections.',
  );
}

function* report(url: string, site: Site, { provider, name }: SiteWish): Generator<string> {
  const { customer, key, program } = site;
  const books = provider === 'own' ? 'the ledger is the only book' : 'Altegio keeps the second book';
  yield `${name} works: location ${site.locationId} (${site.locationName}), ${books}.`;
  yield `  Program   ${program.name} (${program.id}), ${program.made ? 'new' : 'the one that is valid there'}`;
  yield `  Till      ${site.terminal}, key ${key} (shown this once)`;
  yield `  Customer  ${customer.phone}, card ${customer.cardNumber}, ${customer.balance} points`;
  yield '';
  yield 'Next, a sale of 40.00 as the till sends it; it earns 2.00, and sent again it is answered the same:';
  const body = JSON.stringify({ receipt: 'DEMO-1', cardNumber: customer.cardNumber, total: '40.00', redeem: 'none' });
  yield `  curl -s ${url}/v1/payments -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${body}'`;
  yield '';
  yield `Then: what a till may ask is at ${url}/docs, its key at ${url}/keys, and whether it is online at ${url}/help.`;
}

async function run(): Promise<number> {
  loadEnvFile();
  const wish = readWish();
  const settings = parseSettings(process.env);
  const sandboxUrl = wish.provider === 'altegio' ? await sandboxUrlOf(settings) : null;
  const url = `http://localhost:${settings.PORT}`;
  const site = await makeSite({ url, adminToken: adminTokenOf(settings) }, wish, sandboxUrl);
  for (const line of report(url, site, wish)) console.log(line);
  return 0;
}

/** What the operator can mend is one sentence; a fault of ours keeps its stack. */
function tell(error: unknown): number {
  console.error(error instanceof StartError ? error.message : error);
  return 1;
}

process.exitCode = await run().catch(tell);
