/** All calls the sandbox answers, and how a path finds its route. */
import { clientRoutes } from './clients.ts';
import { companyRoutes } from './companies.ts';
import type { Route } from './call.ts';
import { depositRoutes } from './deposits.ts';
import { loyaltyRoutes } from './loyalty.ts';
import { salonRoutes } from './salon.ts';

interface CompiledRoute {
  readonly route: Route;
  readonly parts: readonly string[];
}

const compiled: readonly CompiledRoute[] = [
  ...companyRoutes,
  ...clientRoutes,
  ...loyaltyRoutes,
  ...salonRoutes,
  ...depositRoutes,
].map((route) => ({ route, parts: route.path.split('/').slice(1) }));

/** The route for a path below `/api/v1`, with its parameters; a slash at the end makes no difference. */
export function findRoute(method: string, path: string): { route: Route; params: Record<string, string> } | undefined {
  const given = path.replace(/\/+$/, '').split('/').slice(1);
  for (const { route, parts } of compiled) {
    if (route.method !== method || parts.length !== given.length) continue;
    const params = matchParts(parts, given);
    if (params) return { route, params };
  }
  return undefined;
}

function matchParts(parts: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = value;
    else if (part !== value) return undefined;
  }
  return params;
}
