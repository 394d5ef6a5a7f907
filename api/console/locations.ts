/** `/api/locations`: where tills stand, and who keeps the second book there. */
import { Router } from 'express';
import { z } from 'zod';
import {
  allLocations,
  createLocation,
  findLocation,
  type Location,
  switchProvider,
} from '../../activities/ledger/locations.ts';
import { isTimeZone } from '../../domain/program.ts';
import type { SwitchRefusal } from '../../domain/provider.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { startChain } from './reconciliations.ts';
import { altegioIdFrom, pageOf, personText, takesNoQuery, wireId, wireIdSchema } from './wire.ts';

const provider = z.enum(['altegio', 'own', 'none']);
const newLocation = z.strictObject({
  name: personText(255),
  timeZone: z
    .string()
    .refine(isTimeZone, 'must be an IANA time zone such as "Asia/Almaty"')
    .meta({ description: 'IANA time zone', example: 'Asia/Almaty' }),
  chainId: altegioId.optional(),
});
const providerChange = z.strictObject({ provider, together: z.boolean().default(false) });

const locationSchema = z
  .object({
    id: wireIdSchema,
    chainId: wireIdSchema,
    name: z.string(),
    timeZone: z.string(),
    provider,
    inAltegio: z.boolean().meta({ description: 'Connected in Altegio, so that it can be its provider' }),
  })
  .meta({ id: 'Location' });
const switchedSchema = locationSchema.extend({
  switched: z.object({ locationIds: z.array(wireIdSchema), programIds: z.array(ownId('prg')) }),
});

const common = { tags: ['Set-up'], security: 'operator' } as const;
const params = z.object({ id: altegioId });
route({
  ...common,
  method: 'post',
  path: '/api/locations',
  summary: 'Make a location without Altegio',
  description: 'The ledger is its only book. A location of Altegio’s is connected at `/api/connections`.',
  body: newLocation,
  answers: { 201: { description: 'Made', schema: locationSchema } },
  problems: ['connection_not_found'],
});
route({
  ...common,
  method: 'get',
  path: '/api/locations',
  summary: 'All locations and their providers',
  answers: { 200: { description: 'By id', schema: pageOf(locationSchema) } },
  problems: [],
});
route({
  ...common,
  method: 'patch',
  path: '/api/locations/{id}',
  summary: 'Switch a location’s provider; tills change nothing',
  description:
    '`altegio`: the points are on a card there too. `own`: the ledger is the only book, nothing is sent to Altegio. ' +
    '`none`: no points here. Programs without another place move along, so customers keep their points; back at Altegio ' +
    'both books are made equal. Other locations of such a program are switched only with `together`.',
  params,
  body: providerChange,
  answers: { 200: { description: 'The location, and everything that was switched', schema: switchedSchema } },
  problems: ['connection_not_found', 'conflict'],
});

function toWire({ id, chainId, title, timeZone, provider: kept, inAltegio }: Location): z.infer<typeof locationSchema> {
  return { id: wireId(id), chainId: wireId(chainId), name: title, timeZone, provider: kept, inAltegio };
}

const notFound = () => new Problem('connection_not_found', { detail: 'There is no such location.' });

function refused(refusal: SwitchRefusal): Problem {
  switch (refusal.why) {
    case 'notInAltegio': {
      const detail = `Altegio does not know location ${refusal.locationIds.join(', ')}; only one made by POST /api/connections can keep its points there.`;
      return new Problem('conflict', { detail });
    }
    case 'notLinked': {
      const names = refusal.programs.map((name) => `"${name}"`).join(', ');
      return new Problem('conflict', { detail: `Link a card type first to program ${names}: PUT /api/programs/{id}.` });
    }
    case 'shared': {
      const detail = `Location ${refusal.locationIds.join(', ')} shares the program: send "together": true to switch all, or give this location a program of its own.`;
      return new Problem('conflict', { detail, extra: { locationIds: refusal.locationIds.map(wireId) } });
    }
  }
}

/** The location calls. */
export function locationsRouter(deps: ApiDeps): Router {
  const router = Router();
  router.post('/locations', async (req, res) => {
    const { name, timeZone, chainId = null } = parse(newLocation, req.body);
    const made = await createLocation(deps.pool, { title: name, timeZone, chainId });
    if (!made) {
      const errors = [{ path: 'chainId', message: 'is no chain of ours' }];
      throw new Problem('connection_not_found', { detail: 'There is no such chain.', errors });
    }
    res.status(201).json(toWire(made));
  });
  router.get('/locations', async (req, res) => {
    takesNoQuery(req.query);
    res.json({ items: (await allLocations(deps.pool)).map(toWire), next: null });
  });
  router.patch('/locations/:id', async (req, res) => {
    const wanted = parse(providerChange, req.body);
    const id = altegioIdFrom(req.params.id, notFound);
    const switched = await switchProvider(deps.pool, id, wanted);
    if (!switched) throw notFound();
    if (!switched.done) throw refused(switched.refusal);
    const location = await findLocation(deps.pool, id);
    if (!location) throw notFound();
    // What the ledger took in meanwhile has to reach the cards; a repeat of this call starts what is missing.
    if (wanted.provider === 'altegio') await startChain(deps, location.chainId);
    const { locationIds, programIds } = switched;
    res.json({ ...toWire(location), switched: { locationIds: locationIds.map(wireId), programIds } });
  });
  return router;
}
