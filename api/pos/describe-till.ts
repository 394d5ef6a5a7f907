/** What a till asks about itself, in the OpenAPI document. */
import { route } from '../http/openapi.ts';
import { statusAnswer } from '../http/status.ts';
import { keyHeader, TILL } from './describe-common.ts';
import { configAnswer, heartbeatAnswer, heartbeatBody } from './till-answers.ts';

/** Registers the calls. */
export function describeTill(): void {
  route({
    ...TILL,
    method: 'get',
    path: '/v1/config',
    summary: 'What this till has to know: currency, limits, zone, how it takes points',
    answers: { 200: { description: 'The settings', schema: configAnswer } },
    problems: [],
  });
  route({
    ...TILL,
    method: 'get',
    path: '/v1/status',
    summary: 'How each part of the service stands',
    answers: { 200: { description: 'By part, with ages', schema: statusAnswer } },
    problems: [],
  });
  route({
    ...TILL,
    method: 'post',
    path: '/v1/heartbeats',
    summary: 'The terminal is there',
    description: 'Sent every minute, so that operators see which till is silent.',
    headers: keyHeader,
    body: heartbeatBody,
    answers: { 200: { description: 'Noted', schema: heartbeatAnswer } },
    problems: [],
  });
  route({
    ...TILL,
    method: 'get',
    path: '/v1/rewards',
    summary: 'Rewards: not available yet',
    answers: {},
    problems: ['rewards_not_available'],
  });
}
