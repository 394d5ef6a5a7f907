/** Examples for the OpenAPI document, put together from those of the fields; a test reads each by its own schema. */
import { z } from 'zod';

const NOTHING = Symbol('no example');

/** What a field is without an example of its own. */
function plain(schema: z.ZodType): unknown {
  if (schema instanceof z.ZodString) return 'text';
  if (schema instanceof z.ZodNumber) return 1;
  if (schema instanceof z.ZodBoolean) return true;
  if (schema instanceof z.ZodEnum) return schema.options[0];
  if (schema instanceof z.ZodLiteral) return schema.value;
  return NOTHING;
}

function ofObject(schema: z.ZodObject): unknown {
  const fields = Object.entries(schema.shape).map(([name, field]) => [name, find(field as z.ZodType)] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== NOTHING));
}

/** A value under each name that the keys may have; where they may be anything, none. */
function ofRecord({ keyType, valueType }: z.ZodRecord): unknown {
  const names = keyType instanceof z.ZodEnum ? keyType.options : [];
  return Object.fromEntries(names.map((name) => [name, find(valueType as z.ZodType)]));
}

/** An example of a body shows what is needed; a field that may be left out is shown when it has an example. */
function ofOptional(inner: z.ZodType): unknown {
  const example = find(inner);
  return inner instanceof z.ZodObject || inner instanceof z.ZodArray || inner.meta()?.['example'] !== undefined
    ? example
    : NOTHING;
}

function find(schema: z.ZodType): unknown {
  const own = schema.meta()?.['example'];
  if (own !== undefined) return own;
  if (schema instanceof z.ZodObject) return ofObject(schema);
  if (schema instanceof z.ZodRecord) return ofRecord(schema);
  if (schema instanceof z.ZodArray) {
    const element = find(schema.element as z.ZodType);
    return element === NOTHING ? [] : [element];
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return ofOptional(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodNullable) return find(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodPipe) return find(schema.in as z.ZodType);
  if (schema instanceof z.ZodUnion) return find(schema.options[0] as z.ZodType);
  if (schema instanceof z.ZodIntersection)
    return { ...(find(schema.def.left as z.ZodType) as object), ...(find(schema.def.right as z.ZodType) as object) };
  return plain(schema);
}

/** An example of the wire form. */
export function exampleOf(schema: z.ZodType): unknown {
  const found = find(schema);
  return found === NOTHING ? {} : found;
}
