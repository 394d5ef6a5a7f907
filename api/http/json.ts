/** Reading JSON without losing digits: a number that a double cannot hold exactly is never silently rounded. */
import { randomUUID } from 'node:crypto';
import express, { type Request, type RequestHandler } from 'express';
import { Problem } from './problem.ts';

/** Larger bodies are refused before they are read. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** Nothing a caller can write begins with it, so a marked number is never taken for a text. */
const MARK = randomUUID();
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const INTEGER = /^-?\d+$/;
/** More significant digits than a double keeps. */
const EXACT_DIGITS = 15;

function marked(token: string): string {
  if (token.startsWith('"')) return token;
  const digits = token.replace(/^-/, '').replace('.', '').length;
  return digits <= EXACT_DIGITS && !/[eE]/.test(token) ? token : `"${MARK}${token}"`;
}

function unmarked(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith(MARK)) return value;
  const token = value.slice(MARK.length);
  if (!INTEGER.test(token)) return Number.NaN;
  const exact = BigInt(token);
  return BigInt(Number(exact)) === exact && Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

/**
 * Parses JSON. An integer beyond 2^53 becomes a bigint; a number with an exponent or too many digits becomes NaN, which
 * every schema refuses at its path.
 * @throws SyntaxError as JSON.parse.
 */
export function parseJson(text: string): unknown {
  JSON.parse(text); // The marks below would hide where a broken text is broken.
  return JSON.parse(text.replace(STRING_OR_NUMBER, marked), (_key, value: unknown) => unmarked(value)) as unknown;
}

const readText = express.text({ limit: BODY_LIMIT_BYTES, type: () => true });

/** Body parser that leaves the raw text in `req.body` whatever its content type says; at most 1 MiB. */
export function textBody(): RequestHandler {
  return readText;
}

/** Whether the caller sends a body. The parser passes over one whose connection has been closed meanwhile. */
const isAnnounced = (req: Request): boolean =>
  req.get('transfer-encoding') !== undefined || Number(req.get('content-length') ?? 0) > 0;

/** Body parser for our own doors: exact JSON in `req.body`. */
export function jsonBody(): RequestHandler {
  return (req, res, next) => {
    const type = req.get('content-type');
    if (type !== undefined && req.is(['json', '+json']) === false) {
      throw new Problem('invalid_request', { status: 415, detail: 'Send the body as Content-Type: application/json.' });
    }
    readText(req, res, (error?: unknown) => {
      if (error !== undefined) {
        next(error);
        return;
      }
      const text: unknown = req.body;
      if (typeof text !== 'string' && isAnnounced(req)) {
        next(new Problem('invalid_request', { detail: 'The connection was closed before the body was read.' }));
        return;
      }
      if (typeof text !== 'string' || text === '') {
        req.body = undefined;
        next();
        return;
      }
      res.locals['rawBody'] = text;
      try {
        req.body = parseJson(text);
        next();
      } catch (fault) {
        // The engine's sentence may quote the body, which may hold a secret.
        const said = fault instanceof Error ? fault.message.replace(/, (\.{3})?".*$/s, '') : 'unreadable';
        const message = `is not JSON: ${said.slice(0, 200)}`;
        next(new Problem('invalid_request', { detail: 'The body is not JSON.', errors: [{ path: '', message }] }));
      }
    });
  };
}
