/** What tests of finding changes share: the scheduled workflows run at once, and what the operator's door says of drifts. */
import { randomUUID } from 'node:crypto';
import type { Stand } from './stand.ts';

/** Runs one of the scheduled workflows now, and answers its result. */
export function runNow<T>(stand: Stand, type: 'journalTail' | 'catchUp' | 'sweep'): Promise<T> {
  const chainId = String(stand.chainId);
  const inputs = {
    journalTail: { chainId, daysBack: 1 },
    catchUp: { locationId: String(stand.locationId) },
    sweep: { chainId, hours: 0, cards: 20 },
  };
  return stand.client.workflow.execute(type, {
    workflowId: `${type}-test-${randomUUID()}`,
    taskQueue: `${stand.taskQueuePrefix}orchestration`,
    args: [inputs[type]],
  });
}

/** Makes the customer known and answers the account's id. */
export async function known(stand: Stand, index: number): Promise<string> {
  return await stand.meet(stand.person(index));
}

/** Amounts are decimal texts. */
export interface Drift {
  readonly id: string;
  readonly amount: string;
  readonly way: string;
  readonly state: string;
  readonly causes: readonly { readonly cause: string; readonly amount: string; readonly lineId: number | null }[];
  readonly foundAt: string;
  readonly notBefore: string;
  readonly detectSeconds: number;
  readonly equalAt: string | null;
  readonly equalSeconds: number | null;
  readonly evidence: { readonly expected: string; readonly balance: string; readonly workflowId: string };
}

/** The account's drifts, oldest first. */
export async function driftsOf(stand: Stand, accountId: string): Promise<Drift[]> {
  return (await stand.admin(`/drifts?accountId=${accountId}`)).body.items.toReversed();
}

/** How often Altegio was asked for this customer's card. */
export async function cardReads(stand: Stand, index: number): Promise<number> {
  const rows = (await stand.control('/requests?path=/loyalty/cards/')) as { path: string }[];
  return rows.filter(({ path }) => path.includes(`/${stand.person(index).phone}/`)).length;
}
