/** Card codes that operators give, and those that are drawn. */
import { randomBytes } from 'node:crypto';
import { issueFault, type ProgramRange } from '../../domain/card-check.ts';
import { newCardNumber, rangeOf } from '../../domain/card-number.ts';
import { Problem } from '../http/problem.ts';

/** @throws Problem `card_range_overlap` for a code that is in the range of another program, or outside the own one */
export function checkCode(code: string, ranges: readonly ProgramRange[], programId: string): void {
  const fault = issueFault(code, { ranges, programId, needsTracks: false });
  if (fault === null) return;
  throw new Problem('card_range_overlap', { detail: fault, errors: [{ path: 'cardCode', message: fault }] });
}

/** Draws a code of the program's range; without one, any number that no other program has taken. */
export function drawCode(ranges: readonly ProgramRange[], programId: string): string {
  const own = ranges.find((range) => range.programId === programId);
  for (;;) {
    const code = newCardNumber(randomBytes, own);
    if (own || !rangeOf(code, ranges)) return code;
  }
}
