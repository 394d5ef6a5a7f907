/** How much one key may ask: far above what a till does, so that only a till run wild meets it. */
import type { RequestHandler } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../http/problem.ts';
import { callerOf } from './auth.ts';

/** A whole window's calls may come at once, and who has used them up waits no longer than this. */
const WINDOW_SECONDS = 10;

/**
 * Answers 429 above `perMinute` calls of one key. Each process counts by itself: asking a shared count would cost every
 * call of every till a round trip.
 */
export function limitRate(perMinute: number): RequestHandler {
  const points = Math.max(1, Math.ceil((perMinute * WINDOW_SECONDS) / 60));
  const limiter = new RateLimiterMemory({ points, duration: WINDOW_SECONDS });
  return async (_req, res, next) => {
    try {
      await limiter.consume(callerOf(res).keyId);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      const retryAfterSeconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1_000));
      const detail = `This key has asked ${points} times within ${WINDOW_SECONDS} s; nothing has happened.`;
      throw new Problem('rate_limited', { detail, retryAfterSeconds });
    }
    next();
  };
}
