/** `POST /api/programs/{id}/simulations`: what other rules would have made of the last days. Nothing is written. */
import { once as event } from 'node:events';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { findProgram } from '../../activities/ledger/programs.ts';
import { type Simulated, simulate } from '../../activities/ledger/reports/simulate.ts';
import { formatAmount } from '../../domain/money.ts';
import { programSettings } from '../../domain/program.ts';
import { gainOf, type Outcome, type SimulatedAccount } from '../../domain/simulation.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { amountText, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { csvCell } from './statement-rows.ts';
import { wireTime } from './wire.ts';

const DAYS_MAX = 366;
const simulationBody = z.strictObject({
  days: z.int().min(1).max(DAYS_MAX).meta({ description: 'How far back real sales are taken', example: 90 }),
  settings: programSettings,
});
const simulationQuery = z.strictObject({ format: z.enum(['json', 'csv']).optional() });

const outcome = z.object({ earned: amountText, redeemed: amountText, spent: amountText });
const mover = z.object({
  accountId: ownId('acc'),
  levelNow: z.string().meta({ description: 'Percent of the level reached today' }),
  levelProposed: z.string(),
  earnedNow: amountText,
  earnedProposed: amountText,
  difference: amountText,
});
const simulationAnswer = z
  .object({
    from: wireTime,
    to: wireTime,
    customers: z.int(),
    sales: z.int(),
    visits: z.int().meta({ description: 'Paid for in Altegio and settled' }),
    now: outcome.meta({ description: 'As it was, after refunds' }),
    proposed: outcome.meta({ description: 'As it would have been' }),
    cost: z
      .object({ now: amountText, proposed: amountText, difference: amountText })
      .meta({ description: 'Points earned; one point costs one unit of the currency when it is redeemed' }),
    liability: z
      .object({ now: amountText, proposed: amountText, difference: amountText })
      .meta({ description: 'What all customers hold today, and what they would' }),
    levels: z.object({
      up: z.int(),
      down: z.int(),
      items: z.array(mover).meta({ description: 'At most 50 of them; the CSV has all' }),
    }),
    gainers: z.array(mover).meta({ description: 'At most 10, the largest first' }),
    losers: z.array(mover).meta({ description: 'At most 10, the largest first' }),
  })
  .meta({ id: 'Simulation' });

route({
  tags: ['Set-up'],
  security: 'operator',
  method: 'post',
  path: '/api/programs/{id}/simulations',
  summary: 'Try other rules on the sales and visits of the last days; nothing is written',
  description:
    'Levels, percents, base, rounding, exclusions, largest share and least money are played. A redemption at a till stays as it was, but for what the new rules would not have allowed, one that Altegio made in a visit stays; what went back in part earns in proportion. When points expire is not played. As CSV: every customer who bought.',
  params: z.object({ id: ownId('prg') }),
  query: simulationQuery,
  body: simulationBody,
  answers: { 200: { description: 'Both rules side by side', schema: simulationAnswer, also: ['text/csv'] } },
  problems: ['program_not_found'],
});

const outcomeToWire = ({ earned, redeemed, spent }: Outcome): z.infer<typeof outcome> => ({
  earned: formatAmount(earned),
  redeemed: formatAmount(redeemed),
  spent: formatAmount(spent),
});

const moverToWire = (account: SimulatedAccount): z.infer<typeof mover> => ({
  accountId: account.accountId,
  levelNow: account.now.level,
  levelProposed: account.proposed.level,
  earnedNow: formatAmount(account.now.earned),
  earnedProposed: formatAmount(account.proposed.earned),
  difference: formatAmount(gainOf(account)),
});

const sideBySide = (now: bigint, proposed: bigint) => ({
  now: formatAmount(now),
  proposed: formatAmount(proposed),
  difference: formatAmount(proposed - now),
});

function toWire({ simulation, liability, from, to }: Simulated): z.infer<typeof simulationAnswer> {
  const { now, proposed, levels, movers, gainers, losers } = simulation;
  const held = liability + (proposed.earned - now.earned) - (proposed.redeemed - now.redeemed);
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    customers: simulation.accounts,
    sales: simulation.sales,
    visits: simulation.visits,
    now: outcomeToWire(now),
    proposed: outcomeToWire(proposed),
    cost: sideBySide(now.earned, proposed.earned),
    liability: sideBySide(liability, held),
    levels: { ...levels, items: movers.map(moverToWire) },
    gainers: gainers.map(moverToWire),
    losers: losers.map(moverToWire),
  };
}

const COLUMNS = ['accountId', 'levelNow', 'levelProposed', 'earnedNow', 'earnedProposed', 'difference'] as const;

async function send({ pool }: ApiDeps, req: Request, res: Response): Promise<void> {
  const { format } = parse(simulationQuery, req.query, 'query');
  const { days, settings: proposed } = parse(simulationBody, req.body);
  const id = ownId('prg').safeParse(req.params['id']).data;
  const program = id === undefined ? null : await findProgram(pool, id);
  if (!program) throw new Problem('program_not_found');
  const wanted = { programId: program.id, days, rules: { now: program.settings, proposed } };
  if (format !== 'csv') {
    res.json(toWire(await simulate(pool, wanted)));
    return;
  }
  res.attachment('simulation.csv').type('text/csv');
  res.write(`\uFEFF${COLUMNS.join(',')}\r\n`);
  await simulate(pool, wanted, async (account) => {
    const row = moverToWire(account);
    const written = res.write(`${COLUMNS.map((column) => csvCell(row[column])).join(',')}\r\n`);
    // A slow reader must not fill our memory; one that has gone reads no more.
    if (!written && !res.destroyed) await Promise.race([event(res, 'drain'), event(res, 'close')]);
  });
  res.end();
}

/** The simulation call. */
export function simulationsRouter(deps: ApiDeps): Router {
  const router = Router();
  router.post('/programs/:id/simulations', (req, res) => send(deps, req, res));
  return router;
}
