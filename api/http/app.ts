/** The express app every door hangs on: headers, request id, log line, metrics. */
import { randomUUID } from 'node:crypto';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { timeRequests } from './metrics.ts';

/** What must never reach a log, wherever it is put. PostgreSQL's `detail` quotes the row, and with it the phone. */
const REDACT = [
  'authorization',
  'cookie',
  'phone',
  '*.authorization',
  '*.cookie',
  '*.phone',
  '*.display_name',
  '*.displayName',
  'req.headers.authorization',
  'req.headers.cookie',
  'err.detail',
  'err.where',
  'err.cause.detail',
];

/** The doors' logger: the process's own, with everything about a person taken out. */
export function doorLogger(logger: Logger): Logger {
  return logger.child({}, { redact: REDACT });
}

/** `/docs` needs inline styles and data images of its own page; nothing is loaded from another host. */
const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
  },
};

/** A caller's own id is kept when it is harmless, so that a till's log and ours can be laid side by side. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

const requestId: RequestHandler = (req, res, next) => {
  const given = req.get('x-request-id');
  const id = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
  res.locals['requestId'] = id;
  res.set('X-Request-Id', id);
  next();
};

/** One line a request. The path's query may hold a phone and the webhook's path its token: neither is written. */
function logRequests(logger: Logger): RequestHandler {
  return (req, res, next) => {
    const started = performance.now();
    const path = req.path.replace(/(\/webhooks\/altegio\/)[^/]+/, '$1…');
    res.on('finish', () => {
      logger.info(
        {
          requestId: res.locals['requestId'] as unknown,
          method: req.method,
          path,
          status: res.statusCode,
          problem: res.locals['problem'] as unknown,
          ms: Math.round(performance.now() - started),
        },
        'request',
      );
    });
    next();
  };
}

/** Makes the app; doors are mounted by the caller, who ends with the problem handler. */
export function createApp({ logger }: { readonly logger: Logger }): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Repeated query fields become arrays and are refused by the schemas; nothing nests.
  app.set('query parser', 'simple');
  app.use(helmet({ contentSecurityPolicy: CONTENT_SECURITY_POLICY, strictTransportSecurity: false }));
  app.use(requestId, timeRequests, logRequests(logger));
  return app;
}
