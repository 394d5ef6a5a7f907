/** A transfer as the operator door answers it. */
import type { z } from 'zod';
import type { TransferView } from '../../activities/ledger/history-view.ts';
import { JOURNAL_TYPE_NAMES } from '../../domain/journal.ts';
import { formatAmount } from '../../domain/money.ts';
import type { ApiConfig } from '../http/deps.ts';
import type { transferSchema } from './account-schemas.ts';
import { temporalLink, wireId } from './wire.ts';

/** `why` is its explanation, one sentence. */
export function toWireTransfer(config: ApiConfig, transfer: TransferView, why: string): z.infer<typeof transferSchema> {
  const { workflowId, runId } = transfer;
  return {
    id: String(transfer.id),
    code: transfer.code,
    amount: formatAmount(transfer.amount),
    part: transfer.part,
    balance: formatAmount(transfer.balance),
    lotId: transfer.lotId === null ? null : String(transfer.lotId),
    causes: [...transfer.causes],
    altegioLines: transfer.lines.map(({ lineId, type, cause, amount }) => ({
      type,
      typeName: JOURNAL_TYPE_NAMES[type] ?? `type ${type}`,
      id: wireId(lineId),
      cause,
      amount: formatAmount(amount),
    })),
    reading: transfer.reading && {
      driftId: String(transfer.reading.driftId),
      expected: formatAmount(transfer.reading.expected),
      balance: formatAmount(transfer.reading.balance),
      foundAt: transfer.reading.foundAt.toISOString(),
      notBefore: transfer.reading.notBefore?.toISOString() ?? null,
      way: transfer.reading.way,
    },
    operation: transfer.operation,
    workflowId,
    temporalUrl: temporalLink(config, workflowId, runId),
    actor: transfer.actor,
    reason: transfer.reason,
    why,
    happenedAt: transfer.happenedAt.toISOString(),
    learnedAt: transfer.learnedAt.toISOString(),
  };
}
