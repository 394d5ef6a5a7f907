/** What is answered at the end of all doors: there is no such address, or it does not take this method. */
import type { RequestHandler } from 'express';
import { routesAt } from './openapi.ts';
import { Problem } from './problem.ts';

/** @throws Problem always */
export const nobodyHere: RequestHandler = (req, res) => {
  const methods = routesAt(req.path).map(({ method }) => method.toUpperCase());
  // One that takes it, and gave it on, knows nothing of what the address names.
  if (methods.length === 0 || methods.includes(req.method)) throw new Problem('not_found');
  const allowed = [...new Set(methods)].join(', ');
  res.set('Allow', allowed);
  throw new Problem('method_not_allowed', { detail: `${req.path} takes ${allowed}.` });
};
