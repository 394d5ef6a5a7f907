/** `/api/programs/{id}/shadow`: the switch of a program's shadow, and each day's differences between both books. */
import { randomBytes } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { Temporal } from 'temporal-polyfill/implementation';
import { z } from 'zod';
import { anyTimeZone } from '../../activities/ledger/connections.ts';
import { sendAction, sendActionApplied } from '../../activities/ledger/operator-actions.ts';
import { findProgram, type Program } from '../../activities/ledger/programs.ts';
import { type ShadowDay, shadowDay, shadowSince, switchShadow } from '../../activities/ledger/shadow.ts';
import { JOURNAL_TYPE_NAMES } from '../../domain/journal.ts';
import { formatAmount } from '../../domain/money.ts';
import { newId } from '../../domain/new-id.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { periodOf } from '../http/period.ts';
import { Problem } from '../http/problem.ts';
import { amountText, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { startChain } from './reconciliations.ts';
import { csvCell } from './statement-rows.ts';
import { personText, wireTime } from './wire.ts';

const wanted = z.strictObject({ on: z.boolean(), reason: personText(500) });
const shadowQuery = z.strictObject({
  day: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d$/, 'must be a day such as "2026-11-21"')
    .optional()
    .meta({ description: 'Of the program’s time zone; default: yesterday', example: '2026-11-21' }),
  format: z.enum(['json', 'csv']).optional(),
});
const standing = { programId: ownId('prg'), since: wireTime.nullable().meta({ description: 'null: not in shadow' }) };
const difference = z.object({
  accountId: ownId('acc'),
  ours: amountText.meta({ description: 'What our rules would have earned' }),
  altegio: amountText.meta({ description: 'What moved the altegio card, either way' }),
  difference: amountText.meta({ description: 'altegio − ours' }),
  lines: z.array(z.object({ type: z.int(), typeName: z.string(), amount: amountText })),
});
const dayAnswer = z
  .object({
    ...standing,
    day: z.string(),
    timeZone: z.string(),
    customers: z.int().meta({ description: 'Whom either moved that day' }),
    equal: z.int(),
    ours: amountText,
    altegio: amountText,
    items: z.array(difference).meta({ description: 'Differences alone' }),
  })
  .meta({ id: 'ShadowDay' });

const common = { tags: ['Set-up'], security: 'operator', params: z.object({ id: ownId('prg') }) } as const;
route({
  ...common,
  method: 'put',
  path: '/api/programs/{id}/shadow',
  summary: 'Switch a program into shadow or out of it',
  description:
    'In shadow every payment is computed and nothing is posted; Altegio is read and never written to. Tills are told 0.00 redeemed and 0.00 earned. Out of it, cards are taken up again where they were left, and both books are made equal.',
  body: wanted,
  answers: { 200: { description: 'As it stands now', schema: z.object(standing) } },
  problems: ['program_not_found', 'conflict'],
});
route({
  ...common,
  method: 'get',
  path: '/api/programs/{id}/shadow',
  summary: 'A day of a program in shadow: where Altegio moved a card by something else than our rules would have',
  query: shadowQuery,
  answers: { 200: { description: 'The day’s differences', schema: dayAnswer, also: ['text/csv'] } },
  problems: ['program_not_found'],
});

async function existing({ pool }: ApiDeps, text: unknown): Promise<Program> {
  const id = ownId('prg').safeParse(text).data;
  const program = id === undefined ? null : await findProgram(pool, id);
  if (!program) throw new Problem('program_not_found');
  return program;
}

const toWire = ({ accountId, ours, altegio, lines }: ShadowDay): z.infer<typeof difference> => ({
  accountId,
  ours: formatAmount(ours),
  altegio: formatAmount(altegio),
  difference: formatAmount(altegio - ours),
  lines: lines.map(({ type, amount }) => ({
    type,
    typeName: JOURNAL_TYPE_NAMES[type] ?? `type ${type}`,
    amount: formatAmount(amount),
  })),
});

const COLUMNS = ['accountId', 'ours', 'altegio', 'difference'] as const;

function csv(items: readonly z.infer<typeof difference>[]): string {
  const rows = items.map((item) => COLUMNS.map((column) => csvCell(item[column])));
  return `\uFEFF${[[...COLUMNS], ...rows].map((cells) => `${cells.join(',')}\r\n`).join('')}`;
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

async function sendDay(deps: ApiDeps, req: Request, res: Response): Promise<void> {
  const { day: asked, format } = parse(shadowQuery, req.query, 'query');
  const { id, settings } = await existing(deps, req.params['id']);
  const timeZone = settings.timeZone ?? (await anyTimeZone(deps.pool, null));
  const today = Temporal.Instant.fromEpochMilliseconds(deps.clock.now()).toZonedDateTimeISO(timeZone).toPlainDate();
  const day = asked ?? today.subtract({ days: 1 }).toString();
  const { from, to } = periodOf({ from: day, to: day }, timeZone);
  const since = await shadowSince(deps.pool, id);
  const days = await shadowDay(deps.pool, id, from ?? new Date(0), to ?? new Date(0));
  const items = days.filter(({ ours, altegio }) => ours !== altegio).map(toWire);
  if (format === 'csv') {
    res.attachment(`shadow-${day}.csv`).type('text/csv').send(csv(items));
    return;
  }
  res.json({
    programId: id,
    since: since?.toISOString() ?? null,
    day,
    timeZone,
    customers: days.length,
    equal: days.length - items.length,
    ours: formatAmount(sum(days.map(({ ours }) => ours))),
    altegio: formatAmount(sum(days.map(({ altegio }) => altegio))),
    items,
  });
}

/** The shadow's calls. */
export function shadowRouter(deps: ApiDeps): Router {
  const router = Router();
  router.put('/programs/:id/shadow', async (req, res) => {
    const { on, reason } = parse(wanted, req.body);
    const { id } = await existing(deps, req.params.id);
    const actionId = newId('act', deps.clock.now(), randomBytes);
    const action = on ? 'shadow-on' : 'shadow-off';
    const switched = await switchShadow(deps.pool, id, on, (tx) => {
      sendAction(tx, { id: actionId, action, subject: id, reason, actor: 'operator' });
      sendActionApplied(tx, actionId);
    });
    if (!switched)
      throw new Problem('conflict', {
        detail: 'The ledger is the only book of this program: there is nothing to compare it with.',
      });
    if (!on) await startChain(deps, switched.chainId);
    res.json({ programId: id, since: switched.since?.toISOString() ?? null });
  });
  router.get('/programs/:id/shadow', (req, res) => sendDay(deps, req, res));
  return router;
}
