/** Card codes that operators give, and those that are drawn. */
import { randomBytes } from 'node:crypto';
import { issueFault } from '../../domain/card-check.ts';
import { newCardNumber, numberFor, type ProgramRange } from '../../domain/card-number.ts';
import { Problem } from '../http/problem.ts';

/** @throws Problem `card_range_overlap` for a code that is in the range of another program, or outside the own one */
export function checkCode(code: string, ranges: readonly ProgramRange[], programId: string): void {
  const fault = issueFault(code, { ranges, programId, needsTracks: false });
  if (fault === null) return;
  throw new Problem('card_range_overlap', { detail: fault, errors: [{ path: 'cardCode', message: fault }] });
}

/** Draws a code for a customer of the program. */
export function drawCode(ranges: readonly ProgramRange[], programId: string): string {
  return numberFor(programId, ranges, (range) => newCardNumber(randomBytes, range));
}
