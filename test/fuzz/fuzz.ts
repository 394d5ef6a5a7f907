/** One run: everything as it should be, then the till's calls once more while Altegio fails. */
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describedRoutes, problemsOf } from '../../api/http/openapi.ts';
import type { Report } from '../../worker/steps.ts';
import { COUNTS, type FuzzArguments } from './arguments.ts';
import type { Place } from './place.ts';
import { FUZZ_FOLDER } from './schemathesis.ts';
import { type AnswerLine, answerLine, countByDoor, type DoorDoc, faultOf, isGood, missing, tableOf } from './tally.ts';

/** How a run ended. */
export interface FuzzResult {
  readonly right: boolean;
  /** For the person: the table and what is wrong. */
  readonly lines: readonly string[];
}

const CHECKS = [
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
];
/** Of the cases asked for, this part goes to the run in which Altegio fails. */
const FAULTY_SHARE = 0.1;
/** Every answer of Altegio's fails with this probability. */
const FAULT = { call: 'any', fault: '5xx_before', share: 0.5 };
const TILL = '^/v1/';
const SHOWN_FAULTS = 25;

/** See the file's header. */
export async function fuzz(
  args: FuzzArguments,
  program: string,
  place: Place,
  report: Report,
  signal: AbortSignal,
): Promise<FuzzResult> {
  const docs = documented(args.paths);
  const doors = [...docs.keys()];
  writeFileSync(join(place.folder, 'seeds.json'), JSON.stringify(place.seeds));
  writeFileSync(join(place.folder, 'schemathesis.toml'), configOf(place));
  const part = (name: string, cases: number, paths: string | null, count: number) =>
    runProgram({
      program,
      place,
      name,
      paths,
      signal,
      seed: args.seed,
      examples: Math.max(1, Math.ceil(cases / count)),
    });

  const calm = await report.step('All well', () => part('calm', args.cases, args.paths, doors.length));
  const till = doors.filter((door) => door.includes(' /v1/'));
  const faulty =
    till.length === 0
      ? NOTHING
      : await report.step('Altegio fails half of its calls', () =>
          whileFaulty(place, () => part('faulty', args.cases * FAULTY_SHARE, TILL, till.length)),
        );

  const lines = [...calm.answers, ...faulty.answers];
  const good = lines.filter((line) => docs.has(line.door) && isGood(line)).length;
  const rows = countByDoor(lines, doors);
  const judged = [
    ...calm.answers.flatMap((line) => named(line, faultOf(line, docs, false))),
    ...faulty.answers.flatMap((line) => named(line, faultOf(line, docs, true))),
  ];
  const whole = args.paths === null;
  const shortfalls = missing(lines, rows, whole && args.cases >= COUNTS.cases ? COUNTS : { cases: 1, good: 1 });
  const disagreements = [...calm.said, ...faulty.said];
  return {
    right: judged.length === 0 && shortfalls.length === 0 && disagreements.length === 0,
    lines: [
      ...tableOf(rows),
      '',
      `${lines.length} cases (${faulty.answers.length} of them while Altegio failed), ${good} reached a 2xx, slowest ${Math.max(0, ...lines.map(({ ms }) => ms))} ms.`,
      ...disagreements,
      ...[...new Set(judged)].slice(0, SHOWN_FAULTS),
      ...shortfalls,
      judged.length + disagreements.length === 0
        ? 'Every answer is one that the document tells of.'
        : `${judged.length} answers must not be.`,
    ],
  };
}

const NOTHING: Outcome = { answers: [], said: [] };

const named = ({ door, request, requestId }: AnswerLine, fault: string | null): string[] =>
  fault === null ? [] : [`${door} ${fault} (${requestId}): ${request.slice(0, 400)}`];

/** What the document says, by door. */
function documented(paths: string | null): Map<string, DoorDoc> {
  const wanted = describedRoutes().filter(({ path }) => paths === null || new RegExp(paths).test(path));
  return new Map(
    wanted.map((doc) => {
      const door = `${doc.method.toUpperCase()} ${doc.path}`;
      const statuses = new Map(Object.keys(doc.answers).map((status) => [Number(status), new Set<string>()]));
      for (const { status, code } of problemsOf(doc))
        statuses.set(status, (statuses.get(status) ?? new Set()).add(code));
      return [door, { door, statuses }];
    }),
  );
}

/** Each door with its own token. */
const configOf = ({ tillKey, adminToken }: Place): string => `[auth.openapi.posKey]
bearer = "${tillKey}"

[auth.openapi.operator]
bearer = "${adminToken}"

# Sequences of calls take long, and say little after the first few.
[phases.stateful.generation]
max-examples = 8
`;

async function whileFaulty<T>({ sandboxUrl }: Place, work: () => Promise<T>): Promise<T> {
  const faults = `${sandboxUrl}/control/faults`;
  const headers = { 'content-type': 'application/json' };
  await fetch(faults, { method: 'POST', headers, body: JSON.stringify(FAULT) });
  try {
    return await work();
  } finally {
    await fetch(faults, { method: 'DELETE' });
  }
}

interface Part {
  readonly program: string;
  readonly place: Place;
  readonly name: string;
  readonly paths: string | null;
  readonly signal: AbortSignal;
  readonly seed: number;
  /** Of generated requests a call. */
  readonly examples: number;
}

interface Outcome {
  readonly answers: readonly AnswerLine[];
  /** Where schemathesis found that an answer and the document disagree. */
  readonly said: readonly string[];
}

async function runProgram({ program, place, name, paths, signal, seed, examples }: Part): Promise<Outcome> {
  const log = join(place.folder, `${name}.jsonl`);
  const output = join(place.folder, `${name}.log`);
  const args = [
    ...['--config-file', join(place.folder, 'schemathesis.toml'), 'run', `${place.baseUrl}/openapi.json`],
    ...['--checks', CHECKS.join(','), '--max-examples', String(examples), '--seed', String(seed)],
    // Python 3.11 reads its own source for the generators, and two threads at once break that.
    ...['--workers', '1', '--request-timeout', '10', '--continue-on-failure', '--no-color'],
    ...['--suppress-health-check', 'all', '--warnings', 'off'],
    ...(paths === null ? [] : ['--include-path-regex', paths]),
  ];
  const env = {
    PATH: process.env['PATH'],
    HOME: place.folder,
    PYTHONPATH: FUZZ_FOLDER,
    PYTHONDONTWRITEBYTECODE: '1',
    SCHEMATHESIS_HOOKS: 'hooks',
    FUZZ_SEEDS: join(place.folder, 'seeds.json'),
    FUZZ_LOG: log,
    FUZZ_DEBUG: process.env['FUZZ_DEBUG'],
  };
  const code = await exitOf(program, args, { env, cwd: place.folder, signal }, output);
  const text = readFileSync(output, 'utf8');
  const answers = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').map(parseLine) : [];
  const failures = /=+ FAILURES =+[\s\S]*/.exec(text)?.[0] ?? text.slice(-4_000);
  return { answers, said: code === 0 ? [] : [`schemathesis (${name}) ended with ${code}:`, failures] };
}

const parseLine = (line: string): AnswerLine => answerLine.parse(JSON.parse(line));

async function exitOf(
  program: string,
  args: string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd: string; readonly signal: AbortSignal },
  output: string,
) {
  return await new Promise<number | null>((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(output);
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once('error', reject);
    child.once('close', (code) => log.end(() => resolve(code)));
  });
}
