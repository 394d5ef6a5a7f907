/** `npm run ledger:verify`: is the ledger what was written? Exit code 0 when it is, 1 when not or when it cannot be asked. */
import { createPool } from '../activities/ledger/database.ts';
import { type Verification, verifyLedger } from '../activities/ledger/proof/verify.ts';
import { loadEnvFile } from './env-file.ts';
import { StartError } from './errors.ts';
import { findLedger } from './ledger-place.ts';

/** The table of what was checked. */
function* report({ table, findings, wrong, books, roots }: Verification): Generator<string> {
  const width = Math.max(...table.map(({ title }) => title.length));
  for (const { title, counted, unit, wrong: bad } of table)
    yield `  ${title.padEnd(width)}  ${`${counted} ${unit}`.padEnd(18)}  ${bad === 0 ? 'ok' : `${bad} wrong`}`;
  yield '';
  yield `Both books: ${books.equal} of ${books.accounts} accounts equal, ${books.syncing} on their way.`;
  for (const { chainId, day, root } of roots) yield `Root of chain ${chainId} up to ${day}: ${root} (keep it outside)`;
  if (roots.length === 0) yield 'No day is sealed yet; the first root comes ten minutes after the first UTC midnight.';
  yield '';
  for (const { sentence } of findings) yield `WRONG: ${sentence}`;
  if (wrong > findings.length) yield `… and ${wrong - findings.length} more.`;
  yield wrong === 0 ? 'The ledger is what was written.' : `The ledger is not what was written: ${wrong} finding(s).`;
}

async function run(): Promise<number> {
  loadEnvFile();
  const pool = createPool(await findLedger(process.env), { max: 1, name: 'bonus-verify' });
  try {
    const verified = await verifyLedger(pool);
    for (const line of report(verified)) console.log(line);
    return verified.wrong === 0 ? 0 : 1;
  } finally {
    await pool.end();
  }
}

/** What the operator can mend is one sentence; a fault of ours keeps its stack. */
function tell(error: unknown): number {
  console.error(error instanceof StartError ? error.message : error);
  return 1;
}

process.exitCode = await run().catch(tell);
