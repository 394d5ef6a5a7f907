/** Problems in the OpenAPI document: which codes a status can mean, each with its example. */
import { z } from 'zod';
import { PROBLEMS, type ProblemCode, type ProblemRow } from './problem-table.ts';
import { problemDocument } from './schemas.ts';

/** A problem of each code as it would be answered. */
export function problemExamples(): Record<ProblemCode, z.infer<typeof problemDocument>> {
  const entries = Object.entries(PROBLEMS).map(([code, row]) => {
    const { title, status, retryable, posAction, cashierMessage }: ProblemRow = row;
    const requestId = '6c1a4d0e-9a57-4c39-8f0b-3f7c1f1f2a10';
    const type = `urn:problem:${code}`;
    return [code, { type, title, status, code, retryable, posAction, cashierMessage: cashierMessage.en, requestId }];
  });
  return Object.fromEntries(entries) as Record<ProblemCode, z.infer<typeof problemDocument>>;
}

const RETRY_AFTER = { 'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer' as const } } };

/** Answers by status, for the codes a call can give. */
export function problemAnswers(problems: readonly { readonly code: ProblemCode; readonly status: number }[]) {
  const statuses = [...new Set(problems.map(({ status }) => status))].toSorted((a, b) => a - b);
  const answers = statuses.map((status) => {
    const codes = problems.filter((problem) => problem.status === status).map(({ code }) => code);
    const [first = 'internal', ...rest] = codes;
    const schema = problemDocument.and(z.object({ code: z.enum([first, ...rest]) }));
    const examples = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
    return [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('; '),
        ...((status === 429 || status === 503) && { headers: RETRY_AFTER }),
        content: { 'application/problem+json': { schema, examples } },
      },
    ] as const;
  });
  return Object.fromEntries(answers);
}
