/** `/api/till-models`: kinds of till programs and how each takes points; as HTML the list that `/tills` shows. */
import { Router } from 'express';
import { z } from 'zod';
import { listKeys, type PosKey } from '../../activities/ledger/keys.ts';
import { listModels, saveModel, type TillModel } from '../../activities/ledger/till-models.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { escapeHtml as e, page } from '../http/page.ts';
import { Problem } from '../http/problem.ts';
import { parse } from '../http/validate.ts';
import { pageOf, takesNoQuery, wireTime } from './wire.ts';

/** A model's name as the vendor writes it. */
export const modelName = z
  .string()
  .trim()
  .min(1)
  .max(64)
  // Not as a pattern of the OpenAPI document: letters of every language are more than most readers of patterns know.
  .refine(
    (name) => /^[\p{L}\p{N}][\p{L}\p{N} ._+-]*$/u.test(name),
    'must be 1 to 64 letters, digits, spaces and . _ + -',
  )
  .meta({ description: 'Letters, digits, spaces and . _ + -, a letter or a digit first', example: 'Centegra Plus' });

const kinds = z.enum(['tender', 'discount']);
const change = z.strictObject({ as: kinds });
const params = z.object({ name: modelName });
const modelSchema = z
  .object({
    name: z.string(),
    as: kinds,
    keys: z.int().meta({ description: 'How many keys are of it' }),
    createdAt: wireTime,
  })
  .meta({ id: 'TillModel' });

const common = { tags: ['Set-up'], security: 'operator' } as const;
route({
  ...common,
  method: 'get',
  path: '/api/till-models',
  summary: 'Till models and how each takes points',
  description:
    'JSON, or with `Accept: text/html` the list that the page `/tills` shows, with every till below its model.',
  answers: { 200: { description: 'By name', schema: pageOf(modelSchema), also: ['text/html'] } },
  problems: [],
});
route({
  ...common,
  method: 'put',
  path: '/api/till-models/{name}',
  summary: 'Make a till model, or change how it takes points',
  description: 'It holds for all its keys within 2 s. The sums of a sale are the same either way.',
  params,
  body: change,
  answers: { 200: { description: 'The model', schema: modelSchema } },
  problems: ['till_model_not_found'],
});

const toWire = ({ name, asKind, keys, createdAt }: TillModel) => ({
  name,
  as: asKind,
  keys,
  createdAt: createdAt.toISOString(),
});

const KIND_WORDS = {
  tender: 'tender: points are a means of payment, the bill stays',
  discount: 'discount: points make the bill smaller, line by line',
} as const;

const isOn = ({ active, validUntil }: PosKey): boolean => active && (validUntil?.getTime() ?? Infinity) > Date.now();

const tillRow = (key: PosKey): string =>
  `<tr><td>${e(key.name)}</td><td>${e(String(key.locationId))}</td><td><code>…${e(key.last4)}</code></td><td>${isOn(key) ? 'on' : '<span class="bad">off</span>'}</td><td>${e(key.lastUsedAt?.toISOString())}</td></tr>`;

function section(title: string, kind: string, keys: readonly PosKey[]): string {
  const head = '<tr><th>Till</th><th>Location</th><th>Key</th><th>State</th><th>Last used</th></tr>';
  const table =
    keys.length === 0 ? '<p class="soft">No till yet.</p>' : `<table>${head}${keys.map(tillRow).join('')}</table>`;
  return `<section><h2>${e(title)}</h2><p>${e(kind)}</p>${table}</section>`;
}

/** The models, each with its tills, then the tills without a model. */
function tillsPage(models: readonly TillModel[], keys: readonly PosKey[]): string {
  const ofModels = models.map(({ name, asKind }) =>
    section(
      name,
      KIND_WORDS[asKind],
      keys.filter(({ model }) => model === name),
    ),
  );
  const loose = keys.filter(({ model }) => model === null);
  const own = (['tender', 'discount', null] as const).flatMap((kind) => {
    const tills = loose.filter(({ asKind }) => asKind === kind);
    const words = kind === null ? 'either: each sale says which, tender when it does not' : KIND_WORDS[kind];
    return tills.length === 0 ? [] : [section('Without a model', words, tills)];
  });
  const none = '<p class="soft">There is no till yet: make a key at POST /api/keys.</p>';
  const body = [...ofModels, ...own].join('\n') || none;
  const style = ' section table { table-layout: fixed; }';
  return page({ title: 'Tills', id: 'tills-document', style, body: `<h1>Tills and how they take points</h1>${body}` });
}

/** The till models' calls. */
export function tillModelsRouter({ pool }: ApiDeps): Router {
  const router = Router();
  router.get('/till-models', async (req, res) => {
    takesNoQuery(req.query);
    const models = await listModels(pool);
    res.vary('Accept');
    if (req.accepts(['application/json', 'text/html']) === 'text/html')
      res.type('html').send(tillsPage(models, await listKeys(pool, null)));
    else res.json({ items: models.map(toWire), next: null });
  });
  router.put('/till-models/:name', async (req, res) => {
    const { name } = parse(params, req.params, 'path');
    const { as } = parse(change, req.body);
    await saveModel(pool, name, as);
    const model = (await listModels(pool)).find((one) => one.name === name);
    if (!model) throw new Problem('till_model_not_found');
    res.json(toWire(model));
  });
  return router;
}
