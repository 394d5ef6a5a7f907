/**
 * The user token of one address: the one an operator has stored, else the variable ALTEGIO_USER_TOKEN. Every slot tells
 * the version of the stored one, so all processes change over with their next call and nothing is asked in between.
 */
import type pg from 'pg';
import { type Tx, transaction } from '../../ledger/database.ts';
import { AltegioUnauthorised } from './errors.ts';
import { CannotUnseal, seal, type Sealed, unseal } from './seal.ts';

/** Where the token comes from. */
export interface TokenState {
  readonly source: 'variable' | 'stored';
  readonly setAt: Date | null;
  /** Why the stored one is not used, in one sentence; null when all is well. */
  readonly problem: string | null;
}

export interface UserTokenOptions {
  pool: pg.Pool;
  address: string;
  /** The variable; a function is asked before every call. */
  variable: string | (() => Promise<string>);
  /** 64 hexadecimal digits; without it only the variable counts. */
  secretsKey: string | undefined;
  logger: { error(details: object, message: string): void } | undefined;
}

interface Row extends Sealed {
  readonly version: bigint;
  readonly setAt: Date;
}

interface Kept {
  readonly version: bigint;
  readonly token: string | null;
  readonly state: TokenState;
}

const UNSET: Kept = { version: 0n, token: null, state: { source: 'variable', setAt: null, problem: null } };

export class UserToken {
  readonly #options: UserTokenOptions;
  #kept = UNSET;

  constructor(options: UserTokenOptions) {
    this.#options = options;
  }

  /**
   * The token to send with a slot that has seen this version of the stored one.
   * @throws AltegioUnauthorised when there is none; errors of PostgreSQL
   */
  async of(version: bigint): Promise<string> {
    const { secretsKey, variable } = this.#options;
    const kept = secretsKey === undefined ? UNSET : this.#kept.version === version ? this.#kept : await this.#read();
    if (kept.token !== null) return kept.token;
    if (typeof variable === 'string') return variable;
    return await variable().catch(() => {
      // Its cause may hold a password or a token.
      throw new AltegioUnauthorised('There is no user token for Altegio.', { sent: false });
    });
  }

  /** Where the token comes from now, as every process knows it. */
  async state(): Promise<TokenState> {
    return (this.#options.secretsKey === undefined ? UNSET : await this.#read()).state;
  }

  /**
   * Stores a token and frees what its predecessor's refusal had parked, in one transaction.
   * @param also goes into that transaction
   * @returns when it was stored, and whether the scope was parked
   */
  async store(token: string, also: (tx: Tx) => void): Promise<{ setAt: Date; unparked: boolean }> {
    const { pool, address, secretsKey } = this.#options;
    if (secretsKey === undefined) throw new Error('no SECRETS_KEY to store a token with');
    const { keyId, nonce, sealed } = seal(secretsKey, address, token);
    const stored = await transaction(pool, async (tx) => {
      // Before it, or after it and knowing of this token: see altegio_park.
      tx.send(`select pg_advisory_xact_lock(hashtext('altegio_token'), hashtext($1))`, [address]);
      const [row] = await tx.rows<{ set_at: Date }>(STORE, [address, keyId, nonce, sealed]);
      if (!row) throw new Error('a stored token came back empty');
      const unparked = await tx.rows('delete from altegio_parking where address = $1 and scope = $2 returning 1', [
        address,
        'token',
      ]);
      also(tx);
      return { setAt: row.set_at, unparked: unparked.length > 0 };
    });
    await this.#read();
    return stored;
  }

  async #read(): Promise<Kept> {
    const { pool, address, secretsKey = '', logger } = this.#options;
    const { rows } = await pool.query<Row>({ name: 'altegio_token', text: READ, values: [address] });
    const [row] = rows;
    if (!row) return (this.#kept = UNSET);
    const version = BigInt(row.version);
    try {
      const token = unseal(secretsKey, address, row);
      return (this.#kept = { version, token, state: { source: 'stored', setAt: row.setAt, problem: null } });
    } catch (error) {
      if (!(error instanceof CannotUnseal)) throw error;
      const problem =
        `The stored token cannot be read: ${error.message}. ALTEGIO_USER_TOKEN is used instead; ` +
        'set SECRETS_KEY back, or store the token again.';
      if (this.#kept.version !== version) logger?.error({ address }, problem);
      return (this.#kept = { version, token: null, state: { source: 'variable', setAt: null, problem } });
    }
  }
}

const STORE = `
  insert into altegio_token (address, key_id, nonce, sealed) values ($1, $2, $3, $4)
  on conflict (address) do update set
    version = altegio_token.version + 1, key_id = excluded.key_id, nonce = excluded.nonce, sealed = excluded.sealed,
    set_at = now()
  returning set_at`;

const READ = `
  select version, key_id as "keyId", nonce, sealed, set_at as "setAt" from altegio_token where address = $1`;
