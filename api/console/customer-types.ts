/** `/api/customer-types`: the groups of a chain's customers. */
import { Router } from 'express';
import { z } from 'zod';
import { anyLocation } from '../../activities/ledger/connections.ts';
import {
  createType,
  type CustomerType,
  deleteType,
  findType,
  listTypes,
  renameType,
  TypeNameTaken,
} from '../../activities/ledger/customers/types.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { pageOf, personText, takesNoQuery, wireId, wireIdSchema, wireTime } from './wire.ts';

const newType = z.strictObject({ chainId: altegioId, name: personText(64) });
const typeChange = z.strictObject({ name: personText(64) });
const typesQuery = z.strictObject({ chainId: altegioId.optional() });

const typeSchema = z
  .object({
    id: ownId('typ'),
    chainId: wireIdSchema,
    name: z.string(),
    isDefault: z.boolean().meta({ description: 'New customers are of this type until somebody moves them' }),
    customers: z.int(),
    createdAt: wireTime,
  })
  .meta({ id: 'CustomerType' });

const common = { tags: ['Customers'], security: 'operator' } as const;
const params = z.object({ id: ownId('typ') });
route({
  ...common,
  method: 'post',
  path: '/api/customer-types',
  summary: 'Make a customer type',
  body: newType,
  answers: { 201: { description: 'Made', schema: typeSchema } },
  problems: ['connection_not_found', 'customer_type_exists'],
});
route({
  ...common,
  method: 'get',
  path: '/api/customer-types',
  summary: 'Customer types with how many customers each has',
  query: typesQuery,
  answers: { 200: { description: 'Oldest first', schema: pageOf(typeSchema) } },
  problems: [],
});
route({
  ...common,
  method: 'patch',
  path: '/api/customer-types/{id}',
  summary: 'Rename a customer type',
  params,
  body: typeChange,
  answers: { 200: { description: 'The type', schema: typeSchema } },
  problems: ['customer_type_not_found', 'customer_type_exists'],
});
route({
  ...common,
  method: 'delete',
  path: '/api/customer-types/{id}',
  summary: 'Delete a customer type that nobody is of',
  params,
  answers: { 204: { description: 'Deleted' } },
  problems: ['customer_type_not_found', 'customer_type_in_use'],
});

function toWire(type: CustomerType): z.infer<typeof typeSchema> {
  const { id, chainId, name, isDefault, customers, createdAt } = type;
  return { id, chainId: wireId(chainId), name, isDefault, customers, createdAt: createdAt.toISOString() };
}

async function existing({ pool }: ApiDeps, id: unknown): Promise<CustomerType> {
  const type = ownId('typ').safeParse(id).success ? await findType(pool, String(id)) : null;
  if (!type) throw new Problem('customer_type_not_found');
  return type;
}

async function named<T>(work: Promise<T>): Promise<T> {
  return await work.catch((error: unknown) => {
    if (!(error instanceof TypeNameTaken)) throw error;
    throw new Problem('customer_type_exists', { errors: [{ path: 'name', message: 'is the name of another type' }] });
  });
}

function inUse(type: CustomerType): Problem {
  const detail = type.isDefault
    ? `New customers are of the type ${type.name}; rename it instead.`
    : `Move the customers of the type ${type.name} to another type first.`;
  return new Problem('customer_type_in_use', { detail, extra: { customers: type.customers } });
}

/** The customer type calls. */
export function customerTypesRouter(deps: ApiDeps): Router {
  const { pool } = deps;
  const router = Router();
  router.post('/customer-types', async (req, res) => {
    const { chainId, name } = parse(newType, req.body);
    if (!(await anyLocation(pool, chainId))) {
      const errors = [{ path: 'chainId', message: 'is no connected chain' }];
      throw new Problem('connection_not_found', { detail: 'No location of this chain is connected.', errors });
    }
    const id = await named(createType(pool, chainId, name));
    res.status(201).json(toWire(await existing(deps, id)));
  });
  router.get('/customer-types', async (req, res) => {
    const { chainId } = parse(typesQuery, req.query, 'query');
    res.json({ items: (await listTypes(pool, chainId ?? null)).map(toWire), next: null });
  });
  router.patch('/customer-types/:id', async (req, res) => {
    const { id } = await existing(deps, req.params.id);
    await named(renameType(pool, id, parse(typeChange, req.body).name));
    res.json(toWire(await existing(deps, id)));
  });
  router.delete('/customer-types/:id', async (req, res) => {
    takesNoQuery(req.query);
    const type = await existing(deps, req.params.id);
    if (!(await deleteType(pool, type.id))) throw inUse(await existing(deps, type.id));
    res.status(204).end();
  });
  return router;
}
