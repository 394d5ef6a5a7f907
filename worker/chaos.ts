/** `npm run chaos`: plays, kills, breaks, and then proves that both books are equal. */
import { HELP, readArguments } from './chaos/arguments.ts';
import { exitCodeOf, jsonOf, tableOf, verdictOf } from './chaos/report.ts';
import { runChaos, TUNING } from './chaos/run.ts';
import { DOSSIERS } from './trial/books.ts';
import { runTrial } from './trial/command.ts';

await runTrial({
  name: 'chaos',
  help: HELP,
  tuning: TUNING,
  readArguments,
  run: runChaos,
  linesOf: (result) => [...tableOf(result), '', ...verdictOf(result)],
  jsonOf,
  exitCodeOf,
  keeps: { [DOSSIERS]: "each customer's rows" },
});
