/** The way of one API call: limit, fault, token, handler, disk, answer. */
import type { Request, RequestHandler, Response } from 'express';
import type { RequestRow } from '../core/model.ts';
import { toNumber } from '../core/money.ts';
import { invalid, notFound, Refusal } from '../core/refusal.ts';
import type { Settings } from '../core/settings.ts';
import type { World } from '../core/world.ts';
import { Query } from './call.ts';
import type { Answer, CallKind, Route } from './call.ts';
import { refusalBody, successBody, throttledBody } from './envelope.ts';
import type { Blow, FaultBook } from './faults.ts';
import type { Limiter } from './limiter.ts';
import { findRoute } from './routes.ts';
import type { Timers } from '../core/timers.ts';

/** How long the caller of a late apply waits before its connection is dropped. */
const LATE_APPLY_HOLD_MS = 300;

export interface DoorParts {
  readonly world: World;
  readonly limiter: Limiter;
  readonly faults: FaultBook;
  readonly timers: Timers;
  readonly partnerToken: string;
}

/** What goes back to the caller; an undefined text is an empty body. */
interface Outcome {
  readonly status: number;
  readonly text: string | undefined;
}

interface Incoming {
  readonly row: RequestRow;
  readonly kind: CallKind;
  /** Token check and handler; throws a Refusal. */
  readonly run: () => Answer;
  readonly bare: (settings: Settings) => boolean;
}

/** The handler of everything below `/api/v1`; it expects the body as text. */
export function apiDoor(parts: DoorParts): RequestHandler {
  return async (request, response) => {
    const incoming = receive(parts, request);
    const address = request.socket.remoteAddress ?? '';
    if (!parts.limiter.accept(address)) {
      finish(parts.world, incoming, 429);
      send(response, { status: 429, text: throttledBody() });
      return;
    }
    const { row, kind } = incoming;
    const blow = parts.faults.pick({ kind, url: `${row.path}${row.query}`, body: row.body });
    if (blow) await misbehave(parts, incoming, response, blow);
    else send(response, execute(parts.world, incoming, undefined));
  };
}

function receive(parts: DoorParts, request: Request): Incoming {
  const { world } = parts;
  const url = new URL(request.originalUrl, 'http://sandbox');
  const path = url.pathname.replace(/^\/api\/v1/, '');
  const found = findRoute(request.method, path);
  const body = readBody(request);
  const row: RequestRow = {
    id: world.store.nextId('request', 0),
    at: world.now(),
    method: request.method,
    path: url.pathname,
    query: url.search,
    body: withoutSecrets(body),
    status: 0,
    applied: false,
  };
  const run = (): Answer => {
    if (!found) throw notFound();
    authorise(parts, request, found.route);
    if (body instanceof Error) throw new Refusal(400, 'invalid');
    const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
    return found.route.run(world, { params: found.params, query: new Query(url.search), body: fields });
  };
  // Without the version in Accept, V1 still answers, but in its older shape.
  const versioned = /application\/vnd\.(api|yclients)\.v2\+json/.test(request.headers.accept ?? '');
  const bare = (settings: Settings): boolean => !versioned || (settings.bareLoyalty && found?.route.loyalty === true);
  return { row, kind: found?.route.kind ?? 'other', run, bare };
}

function readBody(request: Request): unknown {
  const text: unknown = request.body;
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return new Error('not JSON');
  }
}

/** What the request log may keep: neither passwords nor tokens. */
function withoutSecrets(body: unknown): unknown {
  if (body instanceof Error) return null;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body ?? null;
  return 'password' in body ? { ...body, password: '***' } : body;
}

function authorise(parts: DoorParts, request: Request, route: Route): void {
  const match = /^Bearer\s+([^,\s]+)(?:\s*,\s*User\s+(\S+))?\s*$/.exec(request.headers.authorization ?? '');
  const userMissing = route.user !== false && match?.[2] !== parts.world.userToken;
  if (match?.[1] !== parts.partnerToken || userMissing) throw new Refusal(401, 'unauthorised');
}

/** Runs the handler and writes its changes and the request's row as one line; `status` overrides what the log says. */
function execute(
  world: World,
  incoming: Incoming,
  status: number | undefined,
  retell: (answer: Answer) => Answer = (answer) => answer,
): Outcome {
  return world.write(() => {
    let outcome: Outcome;
    const before = world.store.changes;
    try {
      const answer = retell(world.attempt(incoming.run));
      const text = successBody(world.settings, answer, incoming.bare(world.settings));
      outcome = { status: answer.status, text };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      outcome = { status: error.status, text: refusalBody(world.settings, error) };
    }
    const applied = world.store.changes > before;
    const { row } = incoming;
    world.store.put('request', row.id, { ...row, status: status ?? outcome.status, applied });
    return outcome;
  });
}

/** Logs a call that is not carried out. */
function finish(world: World, { row }: Incoming, status: number): void {
  world.write(() => world.store.put('request', row.id, { ...row, status }));
}

async function misbehave(
  { world, timers }: DoorParts,
  incoming: Incoming,
  response: Response,
  { fault, ms, amount }: Blow,
): Promise<void> {
  switch (fault) {
    case 'delay':
      // Slow like a busy server: the work is done late, whether or not the caller still waits.
      await timers.wait(ms);
      send(response, execute(world, incoming, undefined));
      return;
    case 'hang':
      finish(world, incoming, 0);
      await timers.wait(ms);
      response.socket?.destroy();
      return;
    case '5xx_before':
      finish(world, incoming, 503);
      send(response, unavailable);
      return;
    case '5xx_after':
      execute(world, incoming, 503);
      send(response, unavailable);
      return;
    case 'drop_before':
      finish(world, incoming, 0);
      response.socket?.destroy();
      return;
    case 'drop_after':
      execute(world, incoming, 0);
      response.socket?.destroy();
      return;
    case 'late_apply':
      finish(world, incoming, 0);
      timers.later(ms, () => execute(world, incoming, 0));
      await timers.wait(Math.min(ms, LATE_APPLY_HOLD_MS));
      response.socket?.destroy();
      return;
    case '429':
      finish(world, incoming, 429);
      send(response, { status: 429, text: throttledBody() });
      return;
    case 'wrong_echo':
      send(
        response,
        execute(world, incoming, undefined, (answer) => misquote(answer, amount)),
      );
      return;
    case 'absent':
      send(
        response,
        execute(world, incoming, undefined, (answer) => ({ ...answer, data: [] })),
      );
      return;
    default: {
      const refusal = REFUSALS[fault];
      finish(world, incoming, refusal.status);
      send(response, { status: refusal.status, text: refusalBody(world.settings, refusal) });
    }
  }
}

/** The same answer with another balance than the card has; an answer without one stays as it is. */
function misquote(answer: Answer, amount: number): Answer {
  const { data } = answer;
  if (typeof data !== 'object' || data === null || !('balance' in data) || typeof data.balance !== 'number')
    return answer;
  return { ...answer, data: { ...data, balance: toNumber(Math.round(data.balance * 100) + amount) } };
}

const REFUSALS = {
  '401': new Refusal(401, 'unauthorised'),
  '402': new Refusal(402, 'licence'),
  '403': new Refusal(403, 'denied'),
  '404': notFound(),
  '422': invalid('amount', 'refused on purpose'),
};

// guess: a broken backend is seen through its proxy, which answers HTML, not the envelope.
const unavailable: Outcome = {
  status: 503,
  text: '<html><head><title>503 Service Temporarily Unavailable</title></head><body></body></html>',
};

function send(response: Response, { status, text }: Outcome): void {
  // The caller may have hung up during a fault.
  if (response.destroyed) return;
  response.status(status);
  if (text === undefined) response.end();
  else response.type(text.startsWith('<') ? 'html' : 'json').send(text);
}
