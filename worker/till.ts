/** `npm run till`: terminals sell, lose answers and are switched off; then journals, ledger and cards are compared. */
import { HELP, readArguments } from './till/arguments.ts';
import { exitCodeOf, jsonOf, tableOf, verdictOf } from './till/report.ts';
import { JOURNALS, runTill, TUNING } from './till/run.ts';
import { DOSSIERS } from './trial/books.ts';
import { runTrial } from './trial/command.ts';

await runTrial({
  name: 'till',
  help: HELP,
  tuning: TUNING,
  readArguments,
  run: runTill,
  linesOf: (result) => [...tableOf(result), '', ...verdictOf(result)],
  jsonOf,
  exitCodeOf,
  keeps: { [DOSSIERS]: "each customer's rows", [JOURNALS]: "the tills' journals" },
});
