/** The doors of the running product as this command uses them: as anybody could, with the operator's token or a till's key. */
import type { z } from 'zod';
import { StartError } from '../errors.ts';

const CALL_MS = 20_000;

/** Where the product runs, and who asks. */
export interface Product {
  /** Without a trailing slash. */
  readonly url: string;
  readonly adminToken: string;
}

/** Asks and checks the answer. @throws StartError with one sentence when it is not done */
export async function ask<T>(
  { url, token }: { readonly url: string; readonly token: string | null },
  schema: z.ZodType<T>,
  path: string,
  body?: object,
): Promise<T> {
  const method = body === undefined ? 'GET' : 'POST';
  const headers = { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) };
  const init = { method, headers, signal: AbortSignal.timeout(CALL_MS) };
  const answer = await fetch(`${url}${path}`, { ...init, ...(body && { body: JSON.stringify(body) }) }).catch(
    (cause: unknown) => {
      throw new StartError(`Nothing answers at ${url}: start the product with npm start in another terminal.`, {
        cause,
      });
    },
  );
  const text = await answer.text();
  if (!answer.ok) throw new StartError(`${method} ${path} was answered ${answer.status}: ${text.slice(0, 400)}`);
  return schema.parse(JSON.parse(text));
}
