/**
 * The HTTP contract as typed calls. The types come from the OpenAPI document; the calls go by fetch, which every runtime has.
 * This folder depends on nothing else and can be copied into a till's program.
 */
import type { Calls } from './calls.gen.ts';
import type { Problem } from './types.gen.ts';

/** Where the service is and who asks. */
export interface ClientOptions {
  /** `https://bonus.example.com`, without a path. */
  readonly baseUrl: string;
  /** A POS key for `/v1`, the operator's token for `/api`. */
  readonly token: string;
  /** Of `cashierMessage`. */
  readonly language?: 'en' | 'ru';
  /** How long one try may take; a till's call is answered within 4 s. */
  readonly timeoutMs?: number;
  /** How long {@link Client.settle} goes on. */
  readonly patienceMs?: number;
  readonly fetch?: typeof fetch;
}

/** The name of a call: `POST /v1/payments`. */
export type CallName = keyof Calls;

/** What a call takes. */
export type Data<Name extends CallName> = Omit<Calls[Name]['data'], 'url'>;

type Answers<Name extends CallName> = Calls[Name]['answers'];

interface Done<Status extends number, Body> {
  readonly ok: true;
  readonly status: Status;
  readonly body: Body;
}

/** What a call answers: its documented body by status, or a problem. */
export type Answer<Name extends CallName> =
  | { [S in keyof Answers<Name> & number]: Done<S, Answers<Name>[S]> }[keyof Answers<Name> & number]
  | { readonly ok: false; readonly status: number; readonly problem: Problem };

/** The calls. */
export interface Client {
  /** One try. @throws when no answer came. */
  call<Name extends CallName>(name: Name, data: Data<Name>): Promise<Answer<Name>>;
  /**
   * Sends the same request with the same Idempotency-Key until its answer is final, as docs/pos.md says: after no answer,
   * 202, 429, 500 and 503. A POST without a key gets one, which lives as long as this call: a till that may reboot keeps
   * its own.
   * @returns the last answer, which after `patienceMs` may still be 202 or 503. @throws when the last try had no answer.
   */
  settle<Name extends CallName>(name: Name, data: Data<Name>): Promise<Answer<Name>>;
}

const TIMEOUT_MS = 5_000;
const PATIENCE_MS = 60_000;
/** Pause before a payment that is not decided yet is asked for again. */
const PENDING_MS = 1_000;
/** Pauses after tries without an answer; the last one for all that follow. */
const PAUSES_MS = [0, 1_000, 2_000, 4_000, 5_000];
const PASSING = new Set([429, 500, 503]);

interface Parts {
  readonly path?: Readonly<Record<string, unknown>> | undefined;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function addressOf(template: string, { path = {}, query = {} }: Parts): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])));
  const asked = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(asked.map(([name, value]): [string, string] => [name, String(value)])).toString();
  return search === '' ? filled : `${filled}?${search}`;
}

/** Makes a client. */
export function createClient(options: ClientOptions): Client {
  const { baseUrl, token, language = 'en', timeoutMs = TIMEOUT_MS, patienceMs = PATIENCE_MS } = options;
  const send = options.fetch ?? fetch;

  const ask = async (method: string, address: string, { headers, body }: Parts): Promise<Response> =>
    await send(new URL(address, baseUrl), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'accept-language': language,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(headers as Record<string, string> | undefined),
      },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  const read = async <Name extends CallName>(response: Response): Promise<Answer<Name>> => {
    const { ok, status } = response;
    const body: unknown = status === 204 ? undefined : await response.json();
    return (ok ? { ok, status, body } : { ok, status, problem: body }) as Answer<Name>;
  };

  const split = (name: CallName): [method: string, template: string] => name.split(' ') as [string, string];

  /** Sends the same request until its answer is final, or until `until`. */
  const persist = async (once: () => Promise<Response>, isFinal: (response: Response) => boolean, until: number) => {
    for (let failures = 0; ;) {
      let pauseMs: number;
      try {
        const response = await once();
        pauseMs = Math.max(Number(response.headers.get('retry-after') ?? 0) * 1_000, PENDING_MS);
        if (isFinal(response) || Date.now() + pauseMs > until) return response;
        await response.body?.cancel();
      } catch (error) {
        pauseMs = PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] ?? PENDING_MS;
        failures += 1;
        if (Date.now() + pauseMs > until) throw error;
      }
      await sleep(pauseMs);
    }
  };

  return {
    async call(name, data) {
      const [method, template] = split(name);
      const parts = data as Parts;
      return await read(await ask(method, addressOf(template, parts), parts));
    },
    async settle(name, data) {
      const [method, template] = split(name);
      const parts = data as Parts;
      const key = method === 'POST' ? { 'Idempotency-Key': crypto.randomUUID() } : {};
      const kept = { ...parts, headers: { ...key, ...parts.headers } };
      // At the operator's door 202 is final: a workflow has begun.
      const isFinal = ({ status }: Response) =>
        !PASSING.has(status) && !(status === 202 && template.startsWith('/v1/'));
      const once = () => ask(method, addressOf(template, parts), kept);
      return await read(await persist(once, isFinal, Date.now() + patienceMs));
    },
  };
}
