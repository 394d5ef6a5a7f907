/** What a till asks about itself: its settings, how the service stands, that it is there, and what is not there yet. */
import { Router } from 'express';
import { findLocation } from '../../activities/ledger/locations.ts';
import { programsAt } from '../../activities/ledger/programs.ts';
import { HEARTBEAT_SECONDS, seeTerminal } from '../../activities/ledger/terminals.ts';
import type { PosCaller } from '../../activities/ledger/keys.ts';
import { shownDecimals } from '../../domain/currency.ts';
import type { ProgramSettings } from '../../domain/program.ts';
import { wireId } from '../console/wire.ts';
import type { ApiDeps } from '../http/deps.ts';
import { Problem } from '../http/problem.ts';
import { createStatus } from '../http/status.ts';
import { parse } from '../http/validate.ts';
import { callerOf } from './auth.ts';
import { answerOnce } from './idempotent.ts';
import { heartbeatBody } from './till-answers.ts';

function rulesOf({ currency, redeem, holdMinutes }: ProgramSettings) {
  const { maxShare, minMoney, whenAltegioDown } = redeem;
  return { currency, shownDecimals: shownDecimals(currency), maxShare, minMoney, holdMinutes, whenAltegioDown };
}

const NO_RULES = {
  currency: null,
  shownDecimals: null,
  maxShare: null,
  minMoney: null,
  holdMinutes: null,
  whenAltegioDown: null,
};

async function configOf({ pool, config }: ApiDeps, caller: PosCaller): Promise<object> {
  const [location, programs] = await Promise.all([findLocation(pool, caller.locationId), programsAt(pool, caller)]);
  if (!location) throw new Error(`location ${caller.locationId} has a key and no row`);
  const [first] = programs;
  return {
    location: { id: wireId(location.id), name: location.title },
    provider: location.provider,
    timeZone: location.timeZone,
    minorDigits: 2,
    as: caller.asKind,
    ...(first ? rulesOf(first.settings) : NO_RULES),
    programs: programs.map(({ id, settings }) => ({ id, name: settings.name, ...rulesOf(settings) })),
    heartbeatSeconds: HEARTBEAT_SECONDS,
    requestsPerMinute: config.keyRequestsPerMinute,
  };
}

/** The calls, mounted inside the POS door. */
export function tillRouter(deps: ApiDeps): Router {
  const router = Router();
  const status = createStatus(deps);
  router.get('/config', async (_req, res) => {
    res.json(await configOf(deps, callerOf(res)));
  });
  router.get('/status', async (_req, res) => {
    res.json(await status());
  });
  router.post('/heartbeats', async (req, res) => {
    const caller = callerOf(res);
    const { terminal } = parse(heartbeatBody, req.body);
    await answerOnce(deps, caller, req, res, async () => {
      const seenAt = await seeTerminal(deps.pool, caller, terminal);
      return { terminal, seenAt: seenAt.toISOString(), everySeconds: HEARTBEAT_SECONDS };
    });
  });
  router.get('/rewards', () => {
    throw new Problem('rewards_not_available', {
      detail: 'Rewards are coming; points are earned and spent without them.',
    });
  });
  return router;
}
