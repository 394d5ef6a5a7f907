/**
 * `/play`: a till beside both balances, to break by hand. Everything here exists only while Altegio is our own sandbox and
 * the ledger is embedded too; the till's part of the page goes through `/v1` like any till.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { createKeyRing } from '../../activities/ledger/key-ring.ts';
import { accountIdFrom } from '../console/wire.ts';
import type { ApiDeps } from '../http/deps.ts';
import { jsonBody } from '../http/json.ts';
import { page } from '../http/page.ts';
import { Problem } from '../http/problem.ts';
import { parse } from '../http/validate.ts';
import { createStepReader, findCustomer, type PlayCustomer, viewBooks } from './books.ts';
import { createSwitches } from './faults.ts';
import type { Playground } from './playground.ts';
import { createSalon } from './salon.ts';
import { tillOf, viewStage } from './stage.ts';

const FOLDER = fileURLToPath(new URL('page', import.meta.url));
const TITLE = 'Two books, one balance: break it yourself';
const ABSENT =
  'This page makes up sales, so it is here only while Altegio is the embedded sandbox and the database is embedded too.';

const staffBody = z.strictObject({ amount: z.enum(['50.00', '-50.00']) });
const switchBody = z.strictObject({ on: z.boolean() });
const emptyBody = z.strictObject({}).optional();

/** Another website that the person has open may not press our buttons or read the key. */
const fromThisPage: RequestHandler = (req, _res, next) => {
  const site = req.get('sec-fetch-site') ?? 'same-origin';
  if (site !== 'same-origin' && site !== 'none')
    throw new Problem('forbidden', { detail: 'Only the page /play of this address may ask here.' });
  next();
};

function pageHtml(): string {
  const read = (name: string): string => readFileSync(`${FOLDER}/${name}`, 'utf8');
  const after = '<script type="module" src="/play/page/start.js"></script>';
  return page({ title: TITLE, body: read('body.html'), style: read('play.css'), id: 'play', after });
}

/** The page and nothing more, where there is nothing to play with. */
function absentRouter(): Router {
  const router = Router();
  const html = page({ title: 'There is nothing to play with here', body: `<h1>Not here</h1><p>${ABSENT}</p>` });
  router.get('/', (_req, res) => {
    res.status(404).type('html').send(html);
  });
  return router;
}

/** Makes the router, mounted at `/play`; without a playground it only says why there is none. */
export function playRouter(deps: ApiDeps, playground: Playground | null): Router {
  if (!playground) return absentRouter();
  const router = Router();
  const html = pageHtml();
  router.get('/', (_req, res) => {
    res.type('html').send(html);
  });
  router.get('/page/:file', (req, res, next) => {
    if (!/^[a-z-]+\.js$/.test(req.params.file)) throw new Problem('not_found');
    res.sendFile(req.params.file, { root: FOLDER }, (error?: Error) => {
      if (error) next(new Problem('not_found'));
    });
  });
  router.use(fromThisPage, jsonBody(), (_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });
  router.use(playDoor(deps, playground));
  return router;
}

/** The calls of the page beside the till's. */
function playDoor(deps: ApiDeps, playground: Playground): Router {
  const router = Router();
  const salon = createSalon(playground.controlUrl);
  const switches = createSwitches(salon, playground);
  const stepsOf = createStepReader(deps);
  const ring = createKeyRing(deps.pool, () => undefined);
  const customerOf = (id: unknown): Promise<PlayCustomer> => findCustomer(deps, salon, accountIdFrom(id));
  const cardOf = async (id: unknown): Promise<number> => {
    const { card } = await customerOf(id);
    if (!card) throw new Problem('account_frozen', { detail: 'The customer has no altegio card yet.' });
    return card.id;
  };

  router.get('/stage', async (_req, res) => {
    res.json(await viewStage(deps, salon, ring, playground));
  });
  router.get('/customers/:id', async (req, res) => {
    const customer = await customerOf(req.params.id);
    const [books, faults] = await Promise.all([
      viewBooks(deps, stepsOf, customer),
      switches.now(customer.card?.id ?? null),
    ]);
    res.json({ ...books, faults });
  });
  router.post('/customers/:id/staff', async (req, res) => {
    const { amount } = parse(staffBody, req.body);
    await salon.adjust(await cardOf(req.params.id), amount);
    res.status(204).end();
  });
  router.post('/customers/:id/appointments', async (req, res) => {
    parse(emptyBody, req.body);
    const [{ phone }, { locationId }] = await Promise.all([customerOf(req.params.id), tillOf(ring, playground)]);
    await salon.appointment(Number(locationId), phone);
    res.status(204).end();
  });
  router.post('/customers/:id/dropped-answer', async (req, res) => {
    const { on } = parse(switchBody, req.body);
    await switches.dropAnswer(await cardOf(req.params.id), on);
    res.status(204).end();
  });
  router.post('/outages', async (req, res) => {
    parse(emptyBody, req.body);
    await switches.beginOutage();
    res.status(204).end();
  });
  router.post('/worker/rests', (req, res) => {
    parse(emptyBody, req.body);
    switches.restWorker();
    res.status(204).end();
  });
  return router;
}
