/** `/api/cards/print-check`: cards checked before they are printed, or one that was swiped, scanned or typed. */
import { Router } from 'express';
import { z } from 'zod';
import { listRanges } from '../../activities/ledger/customers/ranges.ts';
import { type Customer, listCustomers } from '../../activities/ledger/customers/view.ts';
import { findProgram } from '../../activities/ledger/programs.ts';
import { type CardLine, checkCards, type RuleVerdict } from '../../domain/card-check.ts';
import { readScan, type Scan } from '../../domain/card-scan.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { oneOf, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { readPrintFile } from './print-file.ts';

const wanted = z
  .strictObject({
    programId: ownId('prg').optional(),
    sample: z.string().min(1).max(512).optional().meta({ description: 'What a swipe, a scan or a keyboard typed' }),
    file: z.string().min(1).optional().meta({ description: 'The text of a print file' }),
  })
  .superRefine(({ sample, file }, context) => {
    if ((sample === undefined) === (file === undefined))
      context.addIssue({ code: 'custom', path: ['sample'], message: 'give exactly one of sample, file' });
  })
  .meta({ id: 'PrintCheckRequest', ...oneOf(['sample', 'file']) });

const verdictSchema = z
  .object({
    pass: z.boolean(),
    cards: z.int(),
    rules: z.array(
      z.object({
        rule: z.enum(['read', 'length', 'random', 'range', 'characters', 'tracks', 'barcode']),
        pass: z.boolean(),
        reason: z.string(),
      }),
    ),
    read: z
      .object({
        kind: z.enum(['stripe', 'address', 'code']),
        number: z.string().nullable(),
        tracks: z.record(z.string(), z.string()),
      })
      .optional()
      .meta({ description: 'Of a sample: what was read' }),
    customers: z
      .array(
        z.object({ id: ownId('acc'), programId: ownId('prg'), status: z.string(), cardCode: z.string().nullable() }),
      )
      .optional()
      .meta({ description: 'Of a sample: whose card it is' }),
  })
  .meta({ id: 'PrintCheck' });

route({
  tags: ['Cards'],
  security: 'operator',
  method: 'post',
  path: '/api/cards/print-check',
  summary: 'Whether cards meet the rules, and which rule is broken and why',
  body: wanted,
  examples: {
    sample: { summary: 'What a swipe typed', value: { sample: ';4000123412341234=9912?' } },
    file: {
      summary: 'A print file',
      value: { file: 'number,track2,barcode\r\n4000123412341234,4000123412341234,4000123412341234\r\n' },
    },
  },
  answers: { 200: { description: 'Pass or fail, rule by rule', schema: verdictSchema } },
  problems: ['program_not_found'],
});

type Verdict = z.infer<typeof verdictSchema>;

const summary = (cards: number, rules: Verdict['rules']): Verdict => ({
  pass: rules.every(({ pass }) => pass),
  cards,
  rules: [...rules],
});

async function holdersOf({ pool }: ApiDeps, number: string): Promise<readonly Customer[]> {
  const any = { chainId: null, programId: null, typeId: null, batchId: null, status: null, phone: null };
  const filter = { ...any, last4: null, text: null, after: null, cardCode: number, limit: 10 };
  return (await listCustomers(pool, filter)).items;
}

/** The ranges cards are checked against: of the chain of the program, or of the one whose card it is, or all. */
async function check(
  deps: ApiDeps,
  lines: readonly CardLine[],
  of: { readonly programId: string | null; readonly needsTracks: boolean },
): Promise<readonly RuleVerdict[]> {
  const { programId } = of;
  const program = programId === null ? null : await findProgram(deps.pool, programId);
  if (programId !== null && !program) throw new Problem('program_not_found');
  return checkCards(lines, { ...of, ranges: await listRanges(deps.pool, program?.chainId ?? null) });
}

function unreadable({ fault }: Scan): Verdict['rules'] {
  return [{ rule: 'read', pass: false, reason: fault ?? 'Nothing was read.' }];
}

/** One card, as it was swiped, scanned or typed. */
async function checkSample(deps: ApiDeps, sample: string, programId: string | null): Promise<Verdict> {
  const scan = readScan(sample);
  const { kind, number, tracks, fault } = scan;
  const read = { kind, number, tracks: Object.fromEntries(tracks) };
  if (number === null) return { ...summary(1, unreadable(scan)), read, customers: [] };
  const holders = await holdersOf(deps, number);
  const [holder] = holders;
  const line = { number, tracks, barcode: null };
  const of = { programId: programId ?? holder?.programId ?? null, needsTracks: false };
  const rules: Verdict['rules'] = [
    { rule: 'read', pass: fault === null, reason: fault ?? `Read as ${kind}: ${number}.` },
    ...(await check(deps, [line], of)),
  ];
  const customers = holders.map(({ id, programId: program, status, cardCode }) => ({
    id,
    programId: program,
    status,
    cardCode,
  }));
  return { ...summary(1, rules), read, customers };
}

/** The print check call. */
export function printCheckRouter(deps: ApiDeps): Router {
  const router = Router();
  router.post('/cards/print-check', async (req, res) => {
    const { sample, file, programId = null } = parse(wanted, req.body);
    if (sample !== undefined) {
      res.json(await checkSample(deps, sample, programId));
      return;
    }
    const lines = readPrintFile(file ?? '');
    res.json(summary(lines.length, [...(await check(deps, lines, { programId, needsTracks: true }))]));
  });
  return router;
}
