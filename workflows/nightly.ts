/**
 * nightly · by schedule, every quarter of an hour a chain · the night of each program whose local day has begun: birthday
 * gifts, points become active, levels, points end, levels (R7), then warnings of what will end next. A day is done once;
 * what a run leaves undone the next one does. Cards follow by themselves, in line (see activities/ledger/mirror-wait.ts).
 */
import { continueAsNew, patched, workflowInfo } from '@temporalio/workflow';
import type { NightRef, NightStep, NightTold } from '../activities/inputs.ts';
import { nightStep } from './activities.ts';
import type { NightlyInput } from './contract.ts';
import { type Progress, trackProgress } from './progress.ts';

const STEPS: readonly { readonly step: NightStep; readonly says: string }[] = [
  { step: 'birthdays', says: 'birthday gifts become due' },
  { step: 'activate', says: 'points whose day has come become active' },
  { step: 'levels', says: 'levels are set' },
  { step: 'expire', says: 'points whose time is over end' },
  { step: 'levels', says: 'levels are set again' },
  { step: 'warn', says: 'points that will end soon are noted' },
];

/** See the file's header. @returns the nights that this run finished */
export async function nightly(input: NightlyInput): Promise<NightTold[]> {
  const progress = trackProgress('Looking which days have begun.', { changesBooks: false });
  const { startTime } = workflowInfo();
  const open = () => nightStep('Ledger: days that have begun').openNights(input.chainId, startTime.toISOString());
  const { nights, step, after } = input.goesOn ?? { nights: await open(), step: 0, after: '' };
  const told: NightTold[] = [];
  for (const [place, night] of nights.entries()) {
    const from = place === 0 ? { step, after } : { step: 0, after: '' };
    await work(progress, input, nights.slice(place), from);
    told.push(await nightStep(`Ledger: the night ${night.date} is done`).closeNight(night));
  }
  progress.enter('done', told.length === 0 ? 'No day has begun that is not done.' : told.map(sentence).join(' '));
  return told;
}

/** Does the first of `nights` from where it stands; a long one goes on in a run of its own. */
async function work(
  progress: Progress,
  { chainId }: NightlyInput,
  nights: readonly NightRef[],
  from: { readonly step: number; readonly after: string },
): Promise<void> {
  const [night] = nights;
  if (!night) return;
  for (const [place, { step, says }] of STEPS.entries()) {
    if (place < from.step) continue;
    // Runs of before end their night without it.
    if (step === 'warn' && !patched('warnings')) continue;
    let after: string | null = place === from.step ? from.after : '';
    while (after !== null) {
      progress.enter(step, `Night ${night.date} of ${night.programId}: ${says}.`);
      if (workflowInfo().continueAsNewSuggested)
        await continueAsNew<typeof nightly>({ chainId, goesOn: { nights, step: place, after } });
      after = await nightStep(`Ledger: ${says}`).runNightStep(night, step, after);
    }
  }
}

function sentence({ programId, date, activated, levels, expired, gifts, warnings }: NightTold): string {
  const active = `${activated.amount} became active in ${activated.accounts} accounts`;
  const ended = `${expired.amount} ended in ${expired.accounts}`;
  return `Night ${date} of ${programId}: ${active}, ${ended}, ${levels} levels changed, ${gifts} gifts are due, ${warnings} warnings are noted.`;
}
