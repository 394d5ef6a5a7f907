import { join } from 'node:path';
import { styleText } from 'node:util';
import { z } from 'zod';
import type { Config } from './config.ts';
import { keep, readKept } from './secrets.ts';

const seededClients = z.array(z.object({ phone: z.string() }));

/** What a person wants to know when everything runs: addresses, the till key and one call to try. */
export async function summaryOf(config: Config, tillKey: string | null): Promise<string[]> {
  const rows = [
    ...(tillKey ? [['Play', `${config.publicUrl}/play`]] : []),
    ['API', config.publicUrl],
    ['API page', `${config.publicUrl}/docs`],
    ['Temporal UI', config.temporalUiUrl ?? `(set TEMPORAL_UI_URL; server ${config.temporalAddress})`],
    ['Altegio', config.embedded.sandbox ? `http://localhost:${config.sandboxPort} (sandbox)` : config.altegioBaseUrl],
    ...(tillKey ? [['Till key', tillKey]] : []),
    ['ADMIN_TOKEN', adminTokenRow(config)],
  ];
  const width = Math.max(...rows.map(([name]) => name?.length ?? 0));
  return [
    '',
    ...rows.map(([name, value]) => `  ${styleText('bold', (name ?? '').padEnd(width))}  ${value}`),
    '',
    ...(await (tillKey ? tryLookup(config, tillKey) : firstStep(config))),
    '',
    'Ready. Ctrl-C stops everything.',
  ];
}

/** The token itself is shown once, on the first start. */
function adminTokenRow(config: Config): string {
  const place = join(config.dataDir, 'admin-token');
  if (readKept(config.dataDir, 'admin-token') !== config.adminToken) return 'as set in the environment';
  if (readKept(config.dataDir, 'admin-token-shown')) return `in ${place}`;
  keep(config.dataDir, 'admin-token-shown', new Date().toISOString());
  return `${config.adminToken} (kept in ${place}, not shown again)`;
}

async function tryLookup(config: Config, tillKey: string): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${config.sandboxPort}/control/clients`, {
    signal: AbortSignal.timeout(5_000),
  });
  const [client] = seededClients.parse(await answer.json());
  const body = JSON.stringify({ phone: client?.phone });
  return [
    'Try a till’s first call:',
    `  curl -s ${localUrl(config)}/v1/lookups -H 'Authorization: Bearer ${tillKey}' -H 'Content-Type: application/json' -d '${body}'`,
  ];
}

const linkedPrograms = z.object({ items: z.array(z.unknown()) });

/** With a real Altegio nothing was touched by this start: the person decides which salon to connect. */
async function firstStep(config: Config): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${config.port}/api/programs`, {
    headers: { authorization: `Bearer ${config.adminToken}` },
    signal: AbortSignal.timeout(5_000),
  });
  const { items } = linkedPrograms.parse(await answer.json());
  const call = `  curl -s ${localUrl(config)}/api/connections -H 'Authorization: Bearer <ADMIN_TOKEN>' -H 'Content-Type: application/json' -d '{"locationId":101}'`;
  return items.length === 0
    ? [
        'No program is linked yet, and this start wrote nothing to Altegio. First step, with your salon’s id for 101:',
        call,
      ]
    : [
        'What was connected before goes on; this start wrote nothing to Altegio by itself. Another location, with its id for 101:',
        call,
      ];
}

function localUrl(config: Config): string {
  return `http://localhost:${config.port}`;
}
