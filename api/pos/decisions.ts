/**
 * Waiting for the ledger's decision. One LISTEN connection a process hears of decisions made anywhere; the row itself is
 * read again all the same, because a notification may be lost and is never the answer.
 */
import type pg from 'pg';
import type { Logger } from 'pino';
import { type DepositOrder, findDepositOrder } from '../../activities/ledger/deposit-orders.ts';
import { findPayment, type PaymentRow } from '../../activities/ledger/payment-row.ts';
import { findStep, type StepRow } from '../../activities/ledger/step-row.ts';
import { isDatabaseDown } from '../http/database-down.ts';
import { within } from './deadline.ts';

const CHANNEL = 'payment_decided';
/** A lost notification costs at most this much. */
const REREAD_MS = 250;
const RECONNECT_MS = 500;
/** What a read is given when the time is up: one that takes longer has met a database that stands still. */
const LAST_READ_MS = 50;

/** The waiting room of one process. */
export interface Decisions {
  /** The row once it is no longer PENDING; null when it still is at `until` (of `performance.now()`) or cannot be read. */
  wait(paymentId: string, until: number): Promise<PaymentRow | null>;
  /** The same for a further step of a payment. */
  waitForStep(stepId: string, until: number): Promise<StepRow | null>;
  /** The same for an order of a deposit. */
  waitForDeposit(orderId: string, until: number): Promise<DepositOrder | null>;
  close(): Promise<void>;
}

/** Opens the LISTEN connection, and again whenever it breaks. */
export function listenForDecisions(pool: pg.Pool, logger: Logger): Decisions {
  const waiting = new Map<string, Set<() => void>>();
  let connection: pg.PoolClient | undefined;
  let reconnect: NodeJS.Timeout | undefined;
  let closed = false;

  const wake = (id: string | undefined): void => {
    for (const resume of waiting.get(id ?? '') ?? []) resume();
  };

  const lose = (client: pg.PoolClient, error: unknown): void => {
    if (connection !== client) return;
    connection = undefined;
    client.release(error instanceof Error ? error : true);
    again(error);
  };

  const again = (error: unknown): void => {
    if (closed) return;
    logger.warn({ err: error }, 'not listening for decisions; rows are read every 250 ms meanwhile');
    reconnect = setTimeout(() => void open(), RECONNECT_MS);
  };

  const open = async (): Promise<void> => {
    try {
      const client = await pool.connect();
      if (closed) {
        client.release();
        return;
      }
      connection = client;
      client.on('notification', ({ payload }) => wake(payload));
      client.on('error', (error) => lose(client, error));
      client.on('end', () => lose(client, new Error('the connection ended')));
      await client.query(`listen ${CHANNEL}`).catch((error: unknown) => lose(client, error));
    } catch (error) {
      again(error);
    }
  };

  /** Resolves at a notification of this row, or after `ms`. */
  const pause = (id: string, ms: number): Promise<void> =>
    new Promise((resolve) => {
      const room = waiting.get(id) ?? new Set();
      waiting.set(id, room);
      const leave = (): void => {
        clearTimeout(timer);
        room.delete(leave);
        if (room.size === 0 && waiting.get(id) === room) waiting.delete(id);
        resolve();
      };
      const timer = setTimeout(leave, ms);
      room.add(leave);
    });

  const decided = async <Row extends { readonly state: string }>(
    id: string,
    find: (pool: pg.Pool, id: string) => Promise<Row | null>,
    until: number,
  ): Promise<Row | null> => {
    while (true) {
      // Whoever decides between the read and the pause is heard: the pause is entered before the read is sent.
      const left = until - performance.now();
      const paused = pause(id, Math.max(0, Math.min(REREAD_MS, left)));
      const reading = find(pool, id).catch((error: unknown) => {
        if (isDatabaseDown(error)) return null;
        throw error;
      });
      const row = await within(reading, Math.max(until, performance.now() + LAST_READ_MS));
      if (row && row.state !== 'PENDING') return row;
      if (left <= 0) return null;
      await paused;
    }
  };

  void open();
  return {
    wait: (paymentId, until) => decided(paymentId, findPayment, until),
    waitForStep: (stepId, until) => decided(stepId, findStep, until),
    waitForDeposit: (orderId, until) => decided(orderId, findDepositOrder, until),
    close() {
      closed = true;
      clearTimeout(reconnect);
      const client = connection;
      connection = undefined;
      // A listening connection is never given back to others.
      client?.release(true);
      return Promise.resolve();
    },
  };
}
