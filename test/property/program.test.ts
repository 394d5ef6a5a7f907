/** The whole program over time: whatever is sold, refunded, edited and let expire in whatever order, nothing is lost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from './check.ts';
import { Play } from './program/play.ts';
import { program, step } from './program/steps.ts';

const CASES = 3_400;
const STEPS = 100_000;

describe('random sales, refunds, edited visits, expiries and changes by staff', () => {
  it(`keep every sum, leave no lot below zero, burn what was forecast and add up to the whole, over ${STEPS} steps and more`, () => {
    const done = { steps: 0, burnt: 0n, clawedBack: 0n, indebted: 0 };
    check(
      'program over time',
      fc.tuple(program, fc.array(step, { minLength: 30, maxLength: 60 })),
      ([settings, steps]) => {
        const play = new Play(settings);
        for (const one of steps) {
          play.take(one);
          done.steps += 1;
          if (play.account.balances.debt > 0n) done.indebted += 1;
        }
        play.refundEverything();
        done.burnt += play.burnt;
        done.clawedBack += play.clawedBack;
      },
      CASES,
    );
    console.log(`${done.steps} steps; ${done.burnt} burnt, ${done.clawedBack} clawed back, ${done.indebted} in debt`);
    expect(done.steps).toBeGreaterThanOrEqual(STEPS);
    expect(done.burnt).toBeGreaterThan(0n);
    expect(done.clawedBack).toBeGreaterThan(0n);
    expect(done.indebted).toBeGreaterThan(1_000);
  }, 120_000);
});
