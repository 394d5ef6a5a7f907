/** `/api/customers`: who the customers are, their cards and types, and what was changed about them. */
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import { anyLocation } from '../../activities/ledger/connections.ts';
import {
  changeCustomer,
  createCustomer,
  type CustomerDetails,
  CustomerFrozen,
  CustomerTaken,
  type NewCustomer,
  UnknownReferrer,
  UnknownType,
} from '../../activities/ledger/customers/change.ts';
import { listRanges } from '../../activities/ledger/customers/ranges.ts';
import { type Customer, findCustomer, listChanges, listCustomers } from '../../activities/ledger/customers/view.ts';
import { findProgram } from '../../activities/ledger/programs.ts';
import { newId } from '../../domain/new-id.ts';
import { countryOf } from '../http/country.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { checkCode, drawCode } from './card-codes.ts';
import {
  changeSchema,
  customerChange,
  customerSchema,
  customersQuery,
  customerToWire,
  newCustomer,
} from './customer-schemas.ts';
import { phoneFrom } from './phone.ts';
import { refuseForeignPhone, startSecondBook } from './second-book.ts';
import { once } from './once.ts';
import { accountIdFrom, PAGE_SIZE, pageOf, pageQuery, readCursor, takesNoQuery, writeCursor } from './wire.ts';

const changesQuery = z.strictObject(pageQuery);

const common = { tags: ['Customers'], security: 'operator' } as const;
const params = z.object({ id: ownId('acc') });
route({
  ...common,
  method: 'post',
  path: '/api/customers',
  summary: 'Make one customer',
  description:
    'With a phone the card is adopted from Altegio, or issued there. Without one the ledger is the only book until a phone is given.',
  headers: z.object({ 'Idempotency-Key': z.string().max(255).optional() }),
  body: newCustomer,
  answers: { 201: { description: 'Made', schema: customerSchema } },
  problems: ['program_not_found', 'customer_exists', 'card_range_overlap', 'conflict'],
});
route({
  ...common,
  method: 'get',
  path: '/api/customers',
  summary: 'Find customers by phone, card code, last four characters, name, type or status',
  query: customersQuery,
  answers: { 200: { description: 'A page', schema: pageOf(customerSchema) } },
  problems: [],
});
route({
  ...common,
  method: 'get',
  path: '/api/customers/{id}',
  summary: 'One customer',
  params,
  answers: { 200: { description: 'The customer', schema: customerSchema } },
  problems: ['account_not_found'],
});
route({
  ...common,
  method: 'patch',
  path: '/api/customers/{id}',
  summary: 'Change details, switch on or off, move to another type; it holds at once, at the till too',
  params,
  body: customerChange,
  answers: { 200: { description: 'The customer', schema: customerSchema } },
  problems: [
    'account_not_found',
    'customer_exists',
    'card_range_overlap',
    'conflict',
    'not_found',
    'altegio_refused',
    'altegio_unavailable',
  ],
});
route({
  ...common,
  method: 'get',
  path: '/api/customers/{id}/changes',
  summary: 'What was changed about a customer: who, when, before and after; newest first',
  params,
  query: changesQuery,
  answers: { 200: { description: 'A page', schema: pageOf(changeSchema) } },
  problems: ['account_not_found'],
});

const field = (path: string, message: string) => ({ errors: [{ path, message }] });

/** What the ledger refused, as a problem. */
function refusalOf(error: unknown): unknown {
  if (error instanceof CustomerTaken)
    return new Problem('customer_exists', {
      detail: 'One account has one customer, and one customer one account in a program.',
      ...field(error.field, 'is another customer’s'),
    });
  if (error instanceof UnknownReferrer)
    return new Problem('invalid_request', field('referredBy', 'is no other customer of this program'));
  if (error instanceof UnknownType)
    return new Problem('invalid_request', field('typeId', 'is no customer type of this chain'));
  if (error instanceof CustomerFrozen)
    return new Problem('conflict', { detail: 'The account is frozen while a merge or a replacement runs.' });
  return error;
}

async function existing({ pool }: ApiDeps, id: unknown): Promise<Customer> {
  const customer = await findCustomer(pool, accountIdFrom(id));
  if (!customer) throw new Problem('account_not_found');
  return customer;
}

/** A drawn code may be taken already; more tries than this mean that a range is nearly empty. */
const DRAWS_MAX = 5;

async function make({ pool }: ApiDeps, customer: NewCustomer, draw: () => string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await createCustomer(pool, { ...customer, cardCode: customer.cardCode ?? draw() });
      return;
    } catch (error) {
      const again = error instanceof CustomerTaken && error.field === 'cardCode' && customer.cardCode === undefined;
      if (!again || attempt === DRAWS_MAX) throw refusalOf(error);
    }
  }
}

async function change(deps: ApiDeps, customer: Customer, details: CustomerDetails): Promise<void> {
  try {
    await changeCustomer(deps.pool, customer.id, details, 'operator');
  } catch (error) {
    throw refusalOf(error);
  }
}

/** The customer calls. */
export function customersRouter(deps: ApiDeps): Router {
  const { pool } = deps;
  const router = Router();
  router.post('/customers', async (req, res) => {
    const { phone, ...body } = parse(newCustomer, req.body);
    const program = await findProgram(pool, body.programId);
    const place = program && (await anyLocation(pool, program.chainId));
    if (!program || !place) throw new Problem('program_not_found', field('programId', 'is no program'));
    const { chainId } = program;
    const ranges = await listRanges(pool, chainId);
    if (body.cardCode !== undefined) checkCode(body.cardCode, ranges, program.id);
    const e164 = phone === undefined ? undefined : phoneFrom(phone, 'body', countryOf(place.timeZone));
    const scope = { locationId: place.id, body: { ...body, phone: e164 } };
    await once(deps, req, res, scope, async (name) => {
      const id = name === null ? newId('acc', deps.clock.now(), randomBytes) : `acc_${name}`;
      if (!(await findCustomer(pool, id)))
        await make(deps, { ...body, id, chainId, phone: e164 }, () => drawCode(ranges, program.id));
      if (e164 !== undefined) await startSecondBook(deps, id);
      return { status: 201, body: customerToWire(await existing(deps, id)) };
    });
  });
  router.get('/customers', async (req, res) => {
    const query = parse(customersQuery, req.query, 'query');
    const [after = null] = readCursor(query.cursor, z.tuple([ownId('acc')])) ?? [];
    const { items, next } = await listCustomers(pool, {
      chainId: query.chainId ?? null,
      programId: query.programId ?? null,
      typeId: query.typeId ?? null,
      batchId: query.batchId ?? null,
      status: query.status ?? null,
      phone: query.phone === undefined ? null : phoneFrom(query.phone, 'query'),
      cardCode: query.cardCode ?? null,
      last4: query.last4 ?? null,
      text: query.q ?? null,
      after,
      limit: query.limit ?? PAGE_SIZE,
    });
    res.json({ items: items.map(customerToWire), next: next === null ? null : writeCursor([next]) });
  });
  router.get('/customers/:id', async (req, res) => {
    takesNoQuery(req.query);
    res.json(customerToWire(await existing(deps, req.params.id)));
  });
  router.patch('/customers/:id', async (req, res) => {
    const customer = await existing(deps, req.params.id);
    const { phone, ...body } = parse(customerChange, req.body);
    if (body.cardCode !== undefined && body.cardCode !== customer.cardCode)
      checkCode(body.cardCode, await listRanges(pool, customer.chainId), customer.programId);
    const place = await anyLocation(pool, customer.chainId);
    const e164 =
      phone === undefined ? undefined : phoneFrom(phone, 'body', place ? countryOf(place.timeZone) : undefined);
    if (e164 !== undefined && e164 !== customer.phone) await refuseForeignPhone(deps, customer, e164);
    await change(deps, customer, { ...body, phone: e164 });
    if (e164 !== undefined && !customer.altegioCard) await startSecondBook(deps, customer.id);
    res.json(customerToWire(await existing(deps, customer.id)));
  });
  router.get('/customers/:id/changes', async (req, res) => {
    const query = parse(changesQuery, req.query, 'query');
    const [from = null] = readCursor(query.cursor, z.tuple([altegioId])) ?? [];
    const { id } = await existing(deps, req.params.id);
    const { items, next } = await listChanges(pool, id, from, query.limit ?? PAGE_SIZE);
    res.json({
      items: items.map(({ id: _place, at, ...entry }) => ({ at: at.toISOString(), ...entry })),
      next: next === null ? null : writeCursor([String(next)]),
    });
  });
  return router;
}
