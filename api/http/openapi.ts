/** The OpenAPI 3.1 document, generated from the schemas that check the requests. */
import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import type { z } from 'zod';
import { problemDocument } from './schemas.ts';

/** Which door's token a call needs. */
export type Security = 'posKey' | 'operator' | 'none';

/** One call as documented. `path` in OpenAPI form: `/v1/payments/{id}`. */
export interface RouteDoc {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security: Security;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: z.ZodType }>>;
}

const SECURITY: Record<Security, Record<string, string[]>[]> = {
  posKey: [{ posKey: [] }],
  operator: [{ operator: [] }],
  none: [],
};

const registry = new OpenAPIRegistry();
registry.registerComponent('securitySchemes', 'posKey', {
  type: 'http',
  scheme: 'bearer',
  description: 'POS key of a location',
});
registry.registerComponent('securitySchemes', 'operator', {
  type: 'http',
  scheme: 'bearer',
  description: 'ADMIN_TOKEN',
});
const known = new Set<string>();

/** A problem is possible in every call; the codes are told by its table. */
const PROBLEM_ANSWER = {
  description: 'Any problem: `code` says which, `cashierMessage` says it to the cashier',
  content: { 'application/problem+json': { schema: problemDocument } },
};

const contentTypeOf = (schema: z.ZodType): string =>
  schema === problemDocument ? 'application/problem+json' : 'application/json';

/** Documents a call. Building an app twice in one process (tests) documents it once. */
export function route(doc: RouteDoc): void {
  const name = `${doc.method} ${doc.path}`;
  if (known.has(name)) return;
  known.add(name);
  const request: NonNullable<RouteConfig['request']> = {
    ...(doc.params ? { params: doc.params } : {}),
    ...(doc.query ? { query: doc.query } : {}),
    ...(doc.headers ? { headers: doc.headers } : {}),
    ...(doc.body ? { body: { required: true, content: { 'application/json': { schema: doc.body } } } } : {}),
  };
  const answers = Object.entries(doc.answers).map(([status, { description, schema }]) => [
    status,
    { description, ...(schema ? { content: { [contentTypeOf(schema)]: { schema } } } : {}) },
  ]);
  registry.registerPath({
    method: doc.method,
    path: doc.path,
    summary: doc.summary,
    ...(doc.description === undefined ? {} : { description: doc.description }),
    tags: [...doc.tags],
    operationId: name.replace(/[^a-z0-9]+/gi, '_').replace(/_$/, ''),
    security: SECURITY[doc.security],
    request,
    responses: { ...(Object.fromEntries(answers) as RouteConfig['responses']), default: PROBLEM_ANSWER },
  });
}

/** The document as `/openapi.json` answers it. */
export function openApiDocument(publicUrl: string): object {
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Bonus Mirror',
      version: '1',
      description:
        'Bonus points that are identical in the ledger and on the Altegio loyalty card. Amounts are decimal texts.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl }],
  });
}
