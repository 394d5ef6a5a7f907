/** The two doors of this page: the till's, with the sandbox's key, and the page's own. */

/** What a door refused, in the cashier's words. */
export class Refused extends Error {
  /**
   * @param {{ code?: string, cashierMessage?: string, detail?: string, allowed?: string, retryable?: boolean,
   *   accounts?: { id: string, displayName?: string, type?: string }[] }} problem
   */
  constructor(problem) {
    super(problem.cashierMessage ?? 'Something went wrong; try again.');
    this.code = problem.code ?? '';
    this.detail = problem.detail ?? '';
    this.allowed = problem.allowed ?? null;
    this.retryable = problem.retryable ?? false;
    this.accounts = problem.accounts ?? [];
  }
}

const AWAY = { code: 'away', cashierMessage: 'The service does not answer; try again in a moment.', retryable: true };

/**
 * @param {string} path
 * @param {unknown} body
 * @param {Record<string, string>} headers
 * @returns {Promise<any>}
 */
async function ask(path, body, headers) {
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Refused(AWAY);
  }
  const text = await answer.text();
  const said = text === '' ? null : JSON.parse(text);
  if (answer.ok) return said;
  throw new Refused(said);
}

let tillKey = '';

/**
 * The till uses this key from now on.
 * @param {string} key
 */
export function useKey(key) {
  tillKey = key;
}

/**
 * A call of the till's door, `/v1`; with a body a POST. @throws {Refused}
 * @param {string} path
 * @param {unknown} [body]
 * @param {Record<string, string>} [headers]
 */
export const askTill = (path, body, headers = {}) =>
  ask(`/v1${path}`, body, { authorization: `Bearer ${tillKey}`, ...headers });

/**
 * A call of this page's own door; with a body a POST. @throws {Refused}
 * @param {string} path
 * @param {unknown} [body]
 */
export const askPlay = (path, body) => ask(`/play${path}`, body, {});

/**
 * Shows a refusal where it belongs: the sentence for the cashier, and in small what a programmer wants to know.
 * @param {HTMLElement} place
 * @param {unknown} error
 */
export function showRefusal(place, error) {
  if (!(error instanceof Refused)) throw error;
  const allowed = error.allowed === null ? '' : ` Possible: ${error.allowed}.`;
  const small = document.createElement('small');
  small.textContent = [error.code, error.detail].filter(Boolean).join(': ');
  place.replaceChildren(error.message + allowed, small);
}
