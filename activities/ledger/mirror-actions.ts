/**
 * The write protocol over SQL: each function is one transaction that locks the account, lets domain/mirror.ts decide,
 * and writes the decision down. Safe to call by anyone at any time: each looks again under the lock.
 */
import type pg from 'pg';
import * as protocol from '../../domain/mirror.ts';
import type { Adoption, Claims, Mirror } from '../../domain/mirror.ts';
import { lockWritingOn } from './chain-writing.ts';
import { type Tx, transaction } from './database.ts';
import { ambiguousReadings, loadLines, sendClaims, type StoredLines } from './line-store.ts';
import { bookDrift, type SaveOptions, sendMirror } from './mirror-store.ts';
import { type CardRow, lockPage, type Page } from './page.ts';
import { type OperationRef, sendBreak, sendPosting } from './posting.ts';
import { insertWrite, type OpenedWrite, sendWriteState } from './write-log.ts';

/** What the actions need. `newBreakId` makes ids of breaks; `timeoutMs` is the deadline of one Altegio call. */
export interface MirrorDeps {
  readonly pool: pg.Pool;
  readonly newBreakId: () => string;
  readonly timeoutMs: number;
}

/** A balance read from Altegio, with what the card's row said before the call. */
export interface SeenBalance {
  readonly cardId: bigint;
  readonly balance: bigint;
  readonly version: bigint;
  /** When Altegio was asked; the transaction's time where that is not known. */
  readonly askedAt?: Date | null;
}

/** Something else changed the card meanwhile; look again. */
export type Superseded = { readonly superseded: true };
const SUPERSEDED: Superseded = { superseded: true };

/** What a step found out; amounts in minor units. */
export interface Found {
  readonly superseded: false;
  readonly drift: bigint;
  readonly indebted: bigint;
}

async function onCard<T>(
  deps: MirrorDeps,
  accountId: string,
  work: (tx: Tx, page: Page, card: CardRow) => Promise<T>,
): Promise<T | Superseded> {
  return await transaction(deps.pool, async (tx) => {
    const page = await lockPage(tx, accountId);
    return page.card ? await work(tx, page, page.card) : SUPERSEDED;
  });
}

/** Sends an adoption: drift as `external`, the rest as debt and a break, the mirror as it is now. */
export function sendAdoption(
  deps: Pick<MirrorDeps, 'newBreakId'>,
  tx: Tx,
  page: Page,
  card: CardRow,
  adoption: Adoption,
  operation: OperationRef,
  options: Omit<SaveOptions, 'drift'> & { readonly named?: { readonly claims: Claims; readonly stored: StoredLines } },
): Found {
  const drift = bookDrift(page, adoption);
  const { named } = options;
  const readings = named ? ambiguousReadings(named.claims, named.stored.unclaimed) : [];
  const balance = adoption.mirror.confirmed;
  // What our own late writes had moved was expected neither way: it is given back, not found.
  const expected = balance - drift - (named?.claims.twins ?? 0n);
  if (drift !== 0n || readings.length > 0)
    sendPosting(tx, page, operation, { drift: drift === 0n ? null : { amount: drift, expected, balance } });
  if (named) sendClaims(tx, page, { ...named, drift, mirror: adoption.mirror });
  if (readings.length > 0) sendBreak(tx, page, operation.id, { id: deps.newBreakId(), kind: 'ambiguous', readings });
  sendMirror(tx, page, card, adoption.mirror, { ...options, drift });
  const { indebted } = adoption.movement;
  if (indebted > 0n) sendBreak(tx, page, operation.id, { id: deps.newBreakId(), kind: 'debt', amount: indebted });
  return { superseded: false, drift, indebted };
}

/** Adopts a balance that was read with no write open; otherwise the reader must look again. */
export async function adoptBalance(
  deps: MirrorDeps,
  accountId: string,
  seen: SeenBalance,
  operation: OperationRef,
): Promise<Found | Superseded> {
  return await onCard(deps, accountId, async (tx, page, card) => {
    if (card.cardId !== seen.cardId || card.version !== seen.version || card.mirror.open) return SUPERSEDED;
    const adoption = protocol.adoptRead(card.mirror, seen.balance);
    return sendAdoption(deps, tx, page, card, adoption, operation, { proven: seen.askedAt ?? page.now });
  });
}

/** Moves the proof of an equal card on. Says `differs` when there is something for a reconciliation to do. */
export async function proveBalance(
  deps: MirrorDeps,
  accountId: string,
  seen: SeenBalance,
): Promise<'equal' | 'differs' | Superseded> {
  return await onCard(deps, accountId, async (tx, page, card) => {
    if (card.cardId !== seen.cardId || card.version !== seen.version || card.mirror.open) return SUPERSEDED;
    const equal = seen.balance === card.mirror.confirmed && protocol.nextStep(card.mirror, card).step === 'done';
    if (!equal) return 'differs';
    sendMirror(tx, page, card, card.mirror, { proven: seen.askedAt ?? page.now });
    return 'equal';
  });
}

/**
 * Opens the write that is missing, or says that there is something else to do.
 * @throws WritingOff while it is switched off for the chain
 */
export async function openWrite(deps: MirrorDeps, accountId: string): Promise<OpenedWrite | Superseded> {
  return await onCard(deps, accountId, async (tx, page, card) => {
    const step = protocol.nextStep(card.mirror, card);
    if (step.step !== 'send') return SUPERSEDED;
    await lockWritingOn(tx, page.account.chainId);
    const opened = await insertWrite(tx, page, card, step, deps.timeoutMs);
    protocol.open(card.mirror, { ...opened, sentAt: page.now.getTime() });
    tx.send('update altegio_card set version = version + 1 where card_id = $1', [card.cardId]);
    return opened;
  });
}

async function onOpenWrite<T>(
  deps: MirrorDeps,
  accountId: string,
  writeId: bigint,
  work: (tx: Tx, page: Page, card: CardRow) => Promise<T>,
): Promise<T | Superseded> {
  return await onCard(deps, accountId, async (tx, page, card) =>
    card.mirror.open?.writeId === writeId ? await work(tx, page, card) : SUPERSEDED,
  );
}

/** The write was answered with the balance after it. */
export async function answerWrite(
  deps: MirrorDeps,
  accountId: string,
  writeId: bigint,
  balance: bigint,
  operation: OperationRef,
): Promise<Found | Superseded> {
  return await onOpenWrite(deps, accountId, writeId, async (tx, page, card) => {
    sendWriteState(tx, writeId, 'confirmed', { balance });
    const adoption = protocol.answered(card.mirror, balance);
    tx.send('update altegio_card set refused_balance = null where card_id = $1 and refused_balance is not null', [
      card.cardId,
    ]);
    // The answer holds whatever others had moved by then; what it proves, it proves from the moment the write was made.
    const proven = new Date(card.mirror.open?.sentAt ?? page.now.getTime());
    const found = sendAdoption(deps, tx, page, card, adoption, { ...operation, way: 'write' }, { proven });
    const write = card.mirror.open;
    if (write && protocol.mayBePartial(write, balance))
      sendBreak(tx, page, operation.id, { id: deps.newBreakId(), kind: 'refused', amount: write.amount });
    return found;
  });
}

/** The write was certainly not applied. `businessRefusal` remembers the balance it was refused on. */
export async function refuseWrite(
  deps: MirrorDeps,
  accountId: string,
  writeId: bigint,
  reason: string,
  businessRefusal: boolean,
): Promise<{ readonly superseded: false; readonly refusedBefore: boolean } | Superseded> {
  return await onOpenWrite(deps, accountId, writeId, async (tx, page, card) => {
    sendWriteState(tx, writeId, 'refused', { reason });
    sendMirror(tx, page, card, protocol.refused(card.mirror), { proven: null });
    const refusedBefore = businessRefusal && card.refusedBalance === card.mirror.confirmed;
    if (businessRefusal)
      tx.send('update altegio_card set refused_balance = $2 where card_id = $1', [card.cardId, card.mirror.confirmed]);
    return { superseded: false, refusedBefore } as const;
  });
}

/** The write's outcome is not known; the journal will decide after its window. */
export async function doubtWrite(deps: MirrorDeps, accountId: string, writeId: bigint, reason: string): Promise<void> {
  await onOpenWrite(deps, accountId, writeId, async (tx, page, card) => {
    sendWriteState(tx, writeId, 'in_doubt', { reason });
    // The visit tells at once: there is no window.
    if (card.openInVisit) tx.send('update altegio_write set window_until = now() where id = $1', [writeId]);
    sendMirror(tx, page, card, card.mirror, { proven: null });
  });
}

/** How a write in doubt was decided. */
export interface Resolved extends Found {
  readonly applied: boolean;
}

/** Decides the write in doubt from a balance read after the journal's lines were stored. */
export async function resolveWrite(
  deps: MirrorDeps,
  accountId: string,
  seen: SeenBalance,
  operation: OperationRef,
): Promise<Resolved | Superseded> {
  return await onCard(deps, accountId, async (tx, page, card) => {
    const write = card.mirror.open;
    if (!write || card.version !== seen.version || !card.windowPassed) return SUPERSEDED;
    const stored = await loadLines(tx, page, card);
    const resolution = protocol.resolve(card.mirror, seen.balance, stored.unclaimed);
    const { applied } = resolution.claims;
    sendWriteState(tx, write.writeId, applied ? 'confirmed' : 'given_up');
    const saved = { proven: seen.askedAt ?? page.now, named: { claims: resolution.claims, stored } };
    return { ...sendAdoption(deps, tx, page, card, resolution, operation, saved), applied };
  });
}

/**
 * Claims the lines stored since. `seen` is a balance read in the same step, needed when a late twin is among them.
 * `countsAsRead`: the journal was fetched to explain drift, which counts towards the bound.
 */
export async function claimStoredLines(
  deps: MirrorDeps,
  accountId: string,
  seen: SeenBalance | null,
  operation: OperationRef,
  countsAsRead: boolean,
): Promise<Found | Superseded | 'needsBalance'> {
  return await onCard(deps, accountId, async (tx, page, card) => {
    if (card.mirror.open || (seen && seen.version !== card.version)) return SUPERSEDED;
    const stored = await loadLines(tx, page, card);
    const tail = protocol.tail(card.mirror, stored.unclaimed, seen?.balance ?? null);
    if (tail === 'needsBalance') return tail;
    const proven = seen && (seen.askedAt ?? page.now);
    const saved = { proven, explained: countsAsRead, named: { claims: tail.claims, stored } };
    return sendAdoption(deps, tx, page, card, tail, operation, saved);
  });
}

/** Ends the wait for an explanation: the rest is `unknown` and sending may go on. */
export async function declareUnknown(deps: MirrorDeps, accountId: string): Promise<void> {
  await onCard(deps, accountId, async (tx, page, card) => {
    if (protocol.nextStep(card.mirror, card).step !== 'declareUnknown') return;
    const mirror: Mirror = protocol.declareUnknown(card.mirror);
    tx.send('update drift set unknown_at = now() where card_id = $1 and explained_at is null and unknown_at is null', [
      card.cardId,
    ]);
    sendMirror(tx, page, card, mirror, { proven: null });
  });
}
