/** The OpenAPI 3.1 document, generated from the schemas that check the requests. */
import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import type { z } from 'zod';
import { exampleOf } from './examples.ts';
import { INFO, TAGS } from './openapi-words.ts';
import { PROBLEMS, type ProblemCode } from './problem-table.ts';
import { problemAnswers, problemExamples } from './problem-answers.ts';

/** Which door's token a call needs. */
export type Security = 'posKey' | 'operator' | 'none';

/** One answer that is no problem. */
export interface AnswerDoc {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Other forms of the same answer, chosen by Accept: `text/csv`. */
  readonly also?: readonly string[];
  /** What the header Location points to; absent without one. */
  readonly location?: string;
  /** Calls that go on from here: what of this answer becomes what of the next call. */
  readonly links?: Readonly<Record<string, Link>>;
}

/** A call that another one leads to; values are OpenAPI runtime expressions such as `$response.body#/id`. */
export interface Link {
  readonly operationId: string;
  readonly description: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly requestBody?: Readonly<Record<string, unknown>>;
}

/** One call as documented. `path` in OpenAPI form: `/v1/payments/{id}`. */
export interface RouteDoc {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly (keyof typeof TAGS)[];
  readonly security: Security;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Bodies worth showing, by a word; without them one is made from the examples of the fields. */
  readonly examples?: Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;
  readonly answers: Readonly<Record<number, AnswerDoc>>;
  /** Codes it can answer beyond those of its door ({@link problemsOf} has both). */
  readonly problems: readonly ProblemCode[];
}

const SECURITY: Record<Security, Record<string, string[]>[]> = {
  posKey: [{ posKey: [] }],
  operator: [{ operator: [] }],
  none: [],
};

/** What any call of a door can answer. */
const DOOR_PROBLEMS: Record<Security, readonly ProblemCode[]> = {
  posKey: ['invalid_request', 'invalid_key', 'key_disabled', 'rate_limited', 'unavailable', 'internal'],
  operator: ['invalid_request', 'unauthorised', 'unavailable', 'internal'],
  none: ['internal'],
};

const routes = new Map<string, RouteDoc>();

/** Documents a call. Building an app twice in one process (tests) documents it once. */
export function route(doc: RouteDoc): void {
  const name = `${doc.method} ${doc.path}`;
  if (!routes.has(name)) routes.set(name, doc);
}

/** Every call documented so far. */
export const describedRoutes = (): readonly RouteDoc[] => [...routes.values()];

const patterns = new Map<string, RegExp>();

function matches(path: string, address: string): boolean {
  const known = patterns.get(path);
  const pattern = known ?? new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}/?$`, 'i');
  if (!known) patterns.set(path, pattern);
  return pattern.test(address);
}

/** The documented calls of an address, whatever their method; what has no parameters goes first. */
export function routesAt(address: string): readonly RouteDoc[] {
  const found = describedRoutes().filter(({ path }) => matches(path, address));
  return found.toSorted((a, b) => a.path.split('{').length - b.path.split('{').length);
}

const takesKey = ({ headers }: RouteDoc): boolean => headers !== undefined && 'Idempotency-Key' in headers.shape;

/** Every problem a call can answer, with its status. */
export function problemsOf(doc: RouteDoc): readonly { readonly code: ProblemCode; readonly status: number }[] {
  const codes = new Set<ProblemCode>([...DOOR_PROBLEMS[doc.security], ...doc.problems]);
  // A body is read also where none is wanted.
  const reads = doc.body !== undefined || doc.method !== 'get';
  if (reads) codes.add('invalid_request').add('payload_too_large');
  if (takesKey(doc)) codes.add('idempotency_key_reused');
  const found = [...codes].map((code) => ({ code, status: PROBLEMS[code].status as number }));
  // HTTP has a status of its own for a body that is not what its Content-Type must be.
  return reads ? [...found, { code: 'invalid_request', status: 415 }] : found;
}

/** What a call answers, by status. */
function answersOf(doc: RouteDoc): RouteConfig['responses'] {
  const told = Object.entries(doc.answers).map(([status, answer]) => {
    const { description, schema, also = [], location, links } = answer;
    const json = schema && { 'application/json': { schema, example: exampleOf(schema) } };
    const others = also.map((type) => [type, { schema: { type: 'string' as const } }]);
    const content = { ...json, ...Object.fromEntries(others) };
    const headers = {
      ...(takesKey(doc) && { 'Idempotent-Replayed': { description: '`true` on a repeat', schema: { const: 'true' } } }),
      ...(location !== undefined && { Location: { description: location, schema: { type: 'string' as const } } }),
    };
    return [
      status,
      {
        description,
        headers,
        ...(links && { links: { ...links } }),
        ...(schema || also.length > 0 ? { content } : {}),
      },
    ];
  });
  const answers = Object.fromEntries(told) as RouteConfig['responses'];
  for (const [status, problem] of Object.entries(problemAnswers(problemsOf(doc)))) {
    const other = answers[status];
    answers[status] =
      other && 'content' in other ? { ...other, content: { ...other.content, ...problem.content } } : problem;
  }
  return answers;
}

function requestOf(doc: RouteDoc): NonNullable<RouteConfig['request']> {
  const { body, params, query, headers, examples } = doc;
  const shown = examples ? { examples: { ...examples } } : body && { example: exampleOf(body) };
  return {
    ...(params ? { params } : {}),
    ...(query ? { query } : {}),
    ...(headers ? { headers } : {}),
    ...(body ? { body: { required: true, content: { 'application/json': { schema: body, ...shown } } } } : {}),
  };
}

function register(registry: OpenAPIRegistry, doc: RouteDoc): void {
  const { method, path, summary, description, tags, security } = doc;
  registry.registerPath({
    method,
    path,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [...tags],
    operationId: operationId(doc),
    security: SECURITY[security],
    request: requestOf(doc),
    responses: answersOf(doc),
  });
}

/** The call's name in generated clients: `post_v1_payments_id_capture`. */
export const operationId = ({ method, path }: Pick<RouteDoc, 'method' | 'path'>): string =>
  `${method} ${path}`.replace(/[^a-z0-9]+/gi, '_').replace(/_$/, '');

const words: readonly string[] = Object.keys(TAGS);
const place = ({ tags }: RouteDoc): number => words.indexOf(tags[0] ?? '');

/** The document as `/openapi.json` answers it; calls stand in the order in which one learns them. */
export function openApiDocument(publicUrl: string) {
  const registry = new OpenAPIRegistry();
  const bearer = { type: 'http', scheme: 'bearer' } as const;
  registry.registerComponent('securitySchemes', 'posKey', { ...bearer, description: 'POS key of a location' });
  registry.registerComponent('securitySchemes', 'operator', { ...bearer, description: 'ADMIN_TOKEN' });
  for (const [code, value] of Object.entries(problemExamples()))
    registry.registerComponent('examples', code, { value });
  for (const doc of describedRoutes().toSorted((a, b) => place(a) - place(b))) register(registry, doc);
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: publicUrl }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
  });
}
