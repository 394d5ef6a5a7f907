/** `/api/nights`: what each local day of a program brought, and which cards still wait for it. */
import { Router } from 'express';
import { z } from 'zod';
import { cardsAMinute, waitingCards } from '../../activities/ledger/mirror-wait.ts';
import { listNights, type NightView } from '../../activities/ledger/nights/night-log.ts';
import { formatAmount } from '../../domain/money.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { altegioId, amountText, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { localDate, PAGE_SIZE, pageOf, pageQuery, readCursor, wireTime, writeCursor } from './wire.ts';

const nightsQuery = z.strictObject({ chainId: altegioId.optional(), ...pageQuery });
const moved = z.object({ accounts: z.int(), amount: amountText });

const nightSchema = z
  .object({
    programId: ownId('prg'),
    date: localDate.meta({ description: 'The local day of the program' }),
    asOf: wireTime.meta({ description: 'When the day began; what was due by then is done' }),
    startedAt: wireTime,
    finishedAt: wireTime.nullable(),
    activated: moved.meta({ description: 'Points that became active' }),
    expired: moved.meta({ description: 'Points that ended' }),
    levels: z.int().meta({ description: 'Accounts with another level than the night before' }),
    gifts: z.int().meta({ description: 'Birthday gifts that became due' }),
    warnings: z.int().meta({ description: 'Ends to come that were noted, see `/api/warnings`' }),
  })
  .meta({ id: 'Night' });

const nightsSchema = pageOf(nightSchema).extend({
  waiting: z
    .object({
      cards: z.int(),
      since: wireTime.nullable(),
      lastEqualAt: wireTime.nullable().meta({
        description: 'When the last will be equal, at the pace that the call budget leaves them; null when none waits',
      }),
    })
    .meta({ description: 'Cards that do not hold yet what a night moved' }),
});

route({
  tags: ['Operations'],
  security: 'operator',
  method: 'get',
  path: '/api/nights',
  summary: 'Nights of the programs, newest first, and the cards that still wait for Altegio',
  query: nightsQuery,
  answers: { 200: { description: 'A page', schema: nightsSchema } },
  problems: [],
});

const toWire = (night: NightView): z.infer<typeof nightSchema> => ({
  programId: night.programId,
  date: night.date,
  asOf: night.asOf.toISOString(),
  startedAt: night.startedAt.toISOString(),
  finishedAt: night.finishedAt?.toISOString() ?? null,
  activated: { accounts: Number(night.activatedAccounts), amount: formatAmount(night.activated) },
  expired: { accounts: Number(night.expiredAccounts), amount: formatAmount(night.expired) },
  levels: Number(night.levels),
  gifts: Number(night.gifts),
  warnings: Number(night.warnings),
});

const MINUTE_MS = 60_000;
const place = z.tuple([z.iso.date(), ownId('prg')]);

/** The call about nights. */
export function nightsRouter({ pool, altegio, clock }: ApiDeps): Router {
  const router = Router();
  router.get('/nights', async (req, res) => {
    const query = parse(nightsQuery, req.query, 'query');
    const [date, programId] = readCursor(query.cursor, place) ?? [];
    const chainId = query.chainId ?? null;
    const limit = query.limit ?? PAGE_SIZE;
    const after = date !== undefined && programId !== undefined ? { date, programId } : null;
    const [nights, waiting] = await Promise.all([
      listNights(pool, { chainId, after, limit: limit + 1 }),
      waitingCards(pool, chainId),
    ]);
    const items = nights.slice(0, limit);
    const last = nights.length > limit ? items.at(-1) : undefined;
    const minutes = Math.ceil(waiting.cards / cardsAMinute(altegio.limits.perMinute));
    const lastEqualAt = waiting.cards === 0 ? null : new Date(clock.now() + minutes * MINUTE_MS).toISOString();
    res.json({
      items: items.map(toWire),
      next: last ? writeCursor([last.date, last.programId]) : null,
      waiting: { cards: waiting.cards, since: waiting.since?.toISOString() ?? null, lastEqualAt },
    } satisfies z.infer<typeof nightsSchema>);
  });
  return router;
}
