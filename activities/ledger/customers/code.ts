/** The card code of an account that has none: somebody met for the first time at a till or in an event. */
import type pg from 'pg';
import { type CardRange, numberFor } from '../../../domain/card-number.ts';
import { listRanges } from './ranges.ts';

/** What drawing a number needs; `newCardNumber` draws from a cryptographic source. */
export interface CodeDeps {
  readonly pool: pg.Pool;
  readonly newCardNumber: (range?: CardRange) => string;
}

/** An account's code. */
export interface AccountCode {
  readonly code: string;
  /** Altegio refused a card before, perhaps because of its number. */
  readonly refused: boolean;
  /** Draws a number of digits that no program has taken. */
  readonly another: () => string;
}

interface AccountSql {
  chain_id: bigint;
  program_id: string;
  card_number: string | null;
  refused: boolean;
}

const ACCOUNT = `
  select chain_id, program_id, card_number,
         exists (select 1 from altegio_issue i where i.account_id = account.id and i.state = 'refused') as refused
    from account where id = $1`;

/** Somebody else may give the account a code, or take the number, at this moment: then the next look sees it. */
const GIVE = `
  update account set card_number = $2
   where id = $1 and card_number is null
     and not exists (select 1 from account other where other.chain_id = account.chain_id and other.card_number = $2)
     and not exists (select 1 from altegio_card c where c.chain_id = account.chain_id and c.number = $2)`;

/** Reads the account's code; one without gets a number of its program's range. */
export async function cardCode(deps: CodeDeps, accountId: string): Promise<AccountCode> {
  for (;;) {
    const { rows } = await deps.pool.query<AccountSql>(ACCOUNT, [accountId]);
    const [account] = rows;
    if (!account) throw new Error(`there is no account ${accountId}`);
    const { chain_id: chainId, program_id: programId, card_number: code, refused } = account;
    const ranges = await listRanges(deps.pool, chainId);
    if (code !== null) return { code, refused, another: () => numberFor(null, ranges, deps.newCardNumber) };
    await deps.pool.query(GIVE, [accountId, numberFor(programId, ranges, deps.newCardNumber)]);
  }
}
