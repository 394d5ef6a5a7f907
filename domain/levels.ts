/** Levels of a program: what a customer has reached by money spent. */
import { type Minor, parseAmount } from './money.ts';

/** A level as the settings state it: from this much money spent on, decimal text. */
export interface LevelRule {
  readonly from: string;
  readonly percent: string;
  readonly name?: string | undefined;
}

/** A level that somebody has. */
export interface Level {
  readonly name: string;
  readonly percent: string;
}

const NAMES = ['Bronze', 'Silver', 'Gold'];

/** The name of a level that was given none, by its place from 0. */
export function defaultLevelName(place: number): string {
  return NAMES[place] ?? `Level ${place + 1}`;
}

/**
 * The level that money spent has reached; exactly on a threshold is the upper one (R8). `levels` rise from "0.00".
 * @throws RangeError without any level
 */
export function levelOf(levels: readonly LevelRule[], spent: Minor): Level {
  const place = levels.findLastIndex(({ from }) => spent >= parseAmount(from));
  const level = levels[place] ?? levels[0];
  if (!level) throw new RangeError('a program has at least one level');
  return { name: level.name ?? defaultLevelName(Math.max(0, place)), percent: level.percent };
}
