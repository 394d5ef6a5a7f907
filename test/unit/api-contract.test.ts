// The OpenAPI document against the doors and the schemas: every call, every status, every example.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { exampleOf } from '../../api/http/examples.ts';
import { describedRoutes, openApiDocument, problemsOf, type RouteDoc } from '../../api/http/openapi.ts';
import { TAGS } from '../../api/http/openapi-words.ts';
import { problemExamples } from '../../api/http/problem-answers.ts';
import { problemDocument } from '../../api/http/schemas.ts';
import { checkContract } from '../contract.ts';
import { callsOf, mountedDoors } from '../doors.ts';

const app = mountedDoors();
const routes = describedRoutes();
const nameOf = ({ method, path }: RouteDoc) => `${method} ${path}`;

interface Response {
  readonly description: string;
  readonly content?: Record<string, { example?: unknown; examples?: Record<string, unknown> }>;
}
interface Operation {
  readonly summary: string;
  readonly operationId: string;
  readonly responses: Record<string, Response>;
}
const document = openApiDocument('https://bonus.example.com');
const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
    name: `${method} ${path}`,
    operation,
  })),
);

test('B-39 the document has exactly the calls that the doors have, both ways', () => {
  // Pages for people stand beside the doors and are not part of the contract.
  const isPage = (call: string) => !/^\w+ \/(v1|api|webhooks|healthz|readyz|metrics|status)(\/|$)/.test(call);
  const mounted = callsOf(app).filter((call) => !isPage(call));
  expect(mounted.length).toBeGreaterThan(40);
  expect(operations.map(({ name }) => name).toSorted()).toEqual(mounted.toSorted());
});

test('a door that nobody described is found', () => {
  const other = mountedDoors();
  other.get('/v1/unheard-of/:id', (_req, res) => res.end());
  expect(callsOf(other)).toContain('get /v1/unheard-of/{id}');
  expect(operations.map(({ name }) => name)).not.toContain('get /v1/unheard-of/{id}');
});

describe.each(routes.map((doc) => [nameOf(doc), doc] as const))('%s', (name, doc) => {
  const operation = operations.find((one) => one.name === name)?.operation;

  test('names every status it can answer with what it means, and no other', () => {
    const statuses = new Set([...Object.keys(doc.answers), ...problemsOf(doc).map(({ status }) => String(status))]);
    const described = Object.entries(operation?.responses ?? {});
    expect(described.map(([status]) => status).toSorted()).toEqual([...statuses].toSorted());
    for (const [status, { description }] of described) expect(description, status).toMatch(/\S/);
  });

  test('its examples are valid by the schemas that check requests and describe answers', () => {
    for (const [title, schema, value] of examplesOf(doc)) {
      const parsed = schema.safeParse(value);
      expect(parsed.error?.issues, `${title}: ${JSON.stringify(value)}`).toBeUndefined();
    }
  });
});

/** Every example of a call that a reader sees, with the schema it must fulfil. */
function examplesOf(doc: RouteDoc): [title: string, schema: z.ZodType, value: unknown][] {
  const { body, examples } = doc;
  const bodies = Object.entries(examples ?? {}).map(([title, { value }]) => [title, value] as const);
  const whole = body && bodies.length === 0 ? [['body', exampleOf(body)] as const] : bodies;
  return [
    ...whole.map(([title, value]): [string, z.ZodType, unknown] => [title, body ?? z.never(), value]),
    ...Object.entries(doc.answers).flatMap(([status, { schema }]): [string, z.ZodType, unknown][] =>
      schema ? [[status, schema, exampleOf(schema)]] : [],
    ),
    ...[doc.params, doc.query, doc.headers].flatMap((fields) =>
      // What stands in an address or a header arrives as text.
      fieldExamples(fields, '').map(([path, schema, value]): [string, z.ZodType, unknown] => [
        path,
        schema,
        String(value),
      ]),
    ),
    ...fieldExamples(body, 'body'),
    ...Object.entries(doc.answers).flatMap(([status, { schema }]) => fieldExamples(schema, status)),
  ];
}

/** The examples of single fields, however deep. */
function fieldExamples(
  schema: z.ZodType | undefined,
  path: string,
): [path: string, schema: z.ZodType, value: unknown][] {
  if (!schema) return [];
  const own = schema.meta()?.['example'];
  const here: [string, z.ZodType, unknown][] = own === undefined ? [] : [[path, schema, own]];
  return [...here, ...partsOf(schema).flatMap(([name, part]) => fieldExamples(part, `${path}.${name}`))];
}

function partsOf(schema: z.ZodType): [name: string, part: z.ZodType][] {
  if (schema instanceof z.ZodObject) return Object.entries(schema.shape) as [string, z.ZodType][];
  if (schema instanceof z.ZodArray) return [['0', schema.element as z.ZodType]];
  if (schema instanceof z.ZodUnion) return schema.options.map((option, index) => [`${index}`, option as z.ZodType]);
  const wraps = [z.ZodOptional, z.ZodNullable, z.ZodDefault, z.ZodPrefault];
  for (const kind of wraps) if (schema instanceof kind) return [['', schema.unwrap() as z.ZodType]];
  return [];
}

test('every problem has an example that is a problem', () => {
  for (const example of Object.values(problemExamples())) expect(problemDocument.parse(example)).toEqual(example);
});

test('every call has a summary, a tag that is explained, and a name of its own', () => {
  expect(operations.filter(({ operation }) => operation.summary.length < 5)).toEqual([]);
  expect(routes.filter(({ tags }) => tags.length !== 1 || !tags[0] || !(tags[0] in TAGS))).toEqual([]);
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('no two schemas share a name', () => {
  const named = new Map<string, z.ZodType>();
  const twice: string[] = [];
  const look = (schema: z.ZodType | undefined): void => {
    if (!schema) return;
    const id = schema.meta()?.id;
    // A refinement or a default is a copy with the same name and the same fields.
    if (id !== undefined && named.has(id) && !sameFields(named.get(id), schema)) twice.push(id);
    if (id !== undefined) named.set(id, schema);
    for (const [, part] of partsOf(schema)) look(part);
  };
  for (const doc of routes)
    for (const one of [doc.body, ...Object.values(doc.answers).map(({ schema }) => schema)]) look(one);
  expect(twice).toEqual([]);
  expect(named.size).toBeGreaterThan(15);
});

function sameFields(a: z.ZodType | undefined, b: z.ZodType): boolean {
  if (!(a instanceof z.ZodObject) || !(b instanceof z.ZodObject)) return a === b;
  return Object.keys(a.shape).join() === Object.keys(b.shape).join();
}

test('every reference leads somewhere', () => {
  const text = JSON.stringify(document);
  const targets = [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)];
  expect(targets.length).toBeGreaterThan(100);
  const components = document.components as Record<string, Record<string, unknown>>;
  for (const [, kind = '', name = ''] of targets) expect(components[kind], `${kind}/${name}`).toHaveProperty(name);
});

test('amounts are decimal texts with their form in the document', () => {
  const { Balance, PaymentRequest } = (document.components?.schemas ?? {}) as Record<
    string,
    { properties: Record<string, object> }
  >;
  expect(Balance?.properties['active']).toMatchObject({ type: 'string', pattern: '^-?\\d+\\.\\d{2}$' });
  expect(PaymentRequest?.properties['total']).toMatchObject({ type: ['string', 'number'] });
  expect(document.info.description).toContain('**Amounts** are decimal texts');
});

test('a call that takes no body tells what it answers to one that is no JSON', () => {
  const url = 'http://127.0.0.1:1/api/customer-types/typ_01kajd6x0q8m4v2rtn5c7w9yzb';
  const headers = new Headers({ 'content-type': 'application/problem+json' });
  const body = { ...problemExamples().invalid_request, status: 415 };
  expect(() => checkContract('DELETE', url, { status: 415, headers, body })).not.toThrow();
});

test('an answer that the document does not tell of is found, whatever a test is about', () => {
  const url = 'http://127.0.0.1:1/v1/lookups';
  const json = new Headers({ 'content-type': 'application/json' });
  const problem = new Headers({ 'content-type': 'application/problem+json; charset=utf-8' });
  const lookups = routes.find(({ path }) => path === '/v1/lookups');
  const body = exampleOf(lookups?.answers[200]?.schema ?? z.never()) as object;
  const check = (status: number, headers: Headers, said: object) => () =>
    checkContract('POST', url, { status, headers, body: said });
  expect(check(200, json, body)).not.toThrow();
  expect(check(404, problem, problemExamples().account_not_found)).not.toThrow();
  expect(check(204, json, {})).toThrow('no such status');
  expect(check(200, json, { ...body, colour: 'red' })).toThrow('fields that are not documented');
  expect(check(200, json, {})).toThrow('account');
  expect(check(404, problem, problemExamples().payment_not_found)).toThrow('does not name this problem');
  expect(check(422, problem, problemExamples().account_not_found)).toThrow('does not name this problem');
});
