/** `/api/payments/{id}/proof`, `/api/operations/{workflowId}/proof` and the roots that a person keeps elsewhere. */
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Subject } from '../../activities/ledger/proof/evidence.ts';
import { type Proof, prove } from '../../activities/ledger/proof/prove.ts';
import { listRoots } from '../../activities/ledger/proof/roots.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem, type ProblemCode } from '../http/problem.ts';
import { altegioId, amountText, ownId } from '../http/schemas.ts';
import { temporalWithin } from '../http/temporal-wait.ts';
import { parse } from '../http/validate.ts';
import { fetchFacts } from '../temporal-history.ts';
import { proofPage } from './proof-page.ts';
import { PAGE_SIZE, pageOf, pageQuery, takesNoQuery, wireId, wireIdSchema, wireTime } from './wire.ts';

/** Temporal answers a history in milliseconds; after this the kept one is good enough. */
const HISTORY_MS = 3_000;

const texts = z.record(z.string(), z.unknown());
const proofSchema = z
  .object({
    verdict: z.enum(['exactly_once', 'not_finished', 'wrong']),
    sentence: z.string(),
    findings: z.array(
      z.object({ weight: z.enum(['wrong', 'waiting', 'note']), link: z.string(), sentence: z.string() }),
    ),
    accountId: z.string().nullable(),
    payment: texts.nullable(),
    attempts: z.array(z.object({ id: z.string(), attempt: z.int(), state: z.string() })),
    keys: z.array(z.object({ key: z.string(), paymentId: z.string(), at: wireTime })),
    workflow: texts.nullable(),
    writes: z.array(texts),
    drifts: z.array(texts),
    transfers: z.array(texts),
    books: z.object({
      ledger: z.object({ before: texts, after: texts }).nullable(),
      altegio: z.object({ before: amountText, after: amountText }).nullable(),
    }),
    root: z.object({ day: z.string(), root: z.string() }).nullable(),
    live: z.boolean().nullable(),
    seal: z.string().meta({ description: 'SHA-256 over the canonical JSON of everything else, made anew each time' }),
  })
  .meta({ id: 'Proof' });

const rootSchema = z
  .object({
    chainId: wireIdSchema,
    day: z.string(),
    accounts: z.string(),
    transfers: z.string(),
    prevRoot: z.string(),
    root: z.string(),
    sealedAt: wireTime,
  })
  .meta({ id: 'LedgerRoot' });
const rootsQuery = z.strictObject({ chainId: altegioId, limit: pageQuery.limit });

const common = { tags: ['Proof'], security: 'operator', method: 'get' } as const;
const answers = { 200: { description: 'The proof; `Accept: text/html` gets it as a page', schema: proofSchema } };
route({
  ...common,
  path: '/api/payments/{id}/proof',
  summary: 'Exactly once, or what is wrong: a payment from its key to both balances',
  params: z.object({ id: ownId('pay') }),
  answers,
  problems: ['payment_not_found'],
});
route({
  ...common,
  path: '/api/operations/{workflowId}/proof',
  summary: 'The same for any operation of a workflow',
  params: z.object({ workflowId: z.string().meta({ description: 'Percent-encoded' }) }),
  answers,
  problems: ['operation_not_found'],
});
route({
  ...common,
  path: '/api/ledger/roots',
  summary: 'The daily roots of a chain, newest first: keep one outside',
  query: rootsQuery,
  answers: { 200: { description: 'The newest roots', schema: pageOf(rootSchema) } },
  problems: [],
});

/** JSON, or the page for people. */
function send(req: Request, res: Response, proof: Proof): void {
  res.vary('Accept');
  if (req.accepts(['json', 'html']) === 'html') res.type('html').send(proofPage(proof, new Date()));
  else res.json(proof);
}

/** The proof calls. */
export function proofRouter({ pool, temporal }: ApiDeps): Router {
  const history = (workflowId: string, runId: string) =>
    temporalWithin(HISTORY_MS, fetchFacts(temporal, workflowId, runId));
  const answer = async (req: Request, res: Response, subject: Subject, missing: ProblemCode) => {
    takesNoQuery(req.query);
    const proof = await prove({ pool, history }, subject);
    if (!proof) throw new Problem(missing);
    send(req, res, proof);
  };
  const router = Router();
  router.get('/payments/:id/proof', async (req: Request<{ id: string }>, res) => {
    if (!ownId('pay').safeParse(req.params.id).success) throw new Problem('payment_not_found');
    await answer(req as Request, res, { paymentId: req.params.id }, 'payment_not_found');
  });
  router.get('/operations/:workflowId/proof', async (req: Request<{ workflowId: string }>, res) => {
    const { workflowId } = req.params;
    if (workflowId.includes('\0')) throw new Problem('operation_not_found');
    await answer(req as Request, res, { workflowId }, 'operation_not_found');
  });
  router.get('/ledger/roots', async (req, res) => {
    const { chainId, limit } = parse(rootsQuery, req.query, 'query');
    const roots = await listRoots(pool, chainId, limit ?? PAGE_SIZE);
    const items = roots.map((root): z.infer<typeof rootSchema> => ({
      ...root,
      chainId: wireId(root.chainId),
      accounts: String(root.accounts),
      transfers: String(root.transfers),
      sealedAt: root.sealedAt.toISOString(),
    }));
    res.json({ items, next: null });
  });
  return router;
}
