/** Answers against the document: whatever a test is about, each answer it meets has to be one that is documented. */
import { isDeepStrictEqual } from 'node:util';
import { problemsOf, type RouteDoc, routesAt } from '../api/http/openapi.ts';
import { problemDocument } from '../api/http/schemas.ts';

/** An answer as it came. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Why a value is not what its schema says; null when it is. A field that the schema does not name counts as well. */
function difference(schema: NonNullable<RouteDoc['body']>, value: unknown): string | null {
  const parsed = schema.safeParse(value);
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ');
  return isDeepStrictEqual(parsed.data, value) ? null : 'it has fields that are not documented';
}

/** @throws when a door answers what its document does not tell. Addresses of nobody are not its matter. */
export function checkContract(method: string, url: string, { status, headers, body }: Answer): void {
  const { pathname } = new URL(url);
  const call = routesAt(pathname).find((doc) => doc.method === method.toLowerCase());
  if (!call) return;
  const said = `${method} ${pathname} answered ${status} ${JSON.stringify(body)?.slice(0, 600)}`;
  if (headers.get('content-type')?.startsWith('application/problem+json')) {
    const { code } = body as { code: string };
    if (!problemsOf(call).some((problem) => problem.code === code && problem.status === status))
      throw new Error(`${said}, but its document does not name this problem`);
    const fault = difference(problemDocument, body);
    if (fault !== null) throw new Error(`${said}, which is no problem as documented: ${fault}`);
    return;
  }
  const answer = call.answers[status];
  if (!answer) throw new Error(`${said}, but its document has no such status`);
  const fault = answer.schema ? difference(answer.schema, body) : null;
  if (fault !== null) throw new Error(`${said}, which is not as documented: ${fault}`);
}
