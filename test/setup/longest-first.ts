/** The order of the test files: those that take minutes begin first, so that none of them is left alone at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take more than about half a minute, the longest first. */
const LONG = [
  'fault/thousand',
  'fault/budget-processes',
  'service/start',
  'service/demo',
  'service/drift-causes',
  'fault/chaos',
  'fault/till',
  'fault/outage',
  'fault/intake-flood',
  'fault/outage-reads',
  'property/convergence',
  'fault/kill',
  'service/changes',
  'fault/intake',
];

const place = ({ moduleId }: TestSpecification): number => {
  const index = LONG.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
  return index < 0 ? LONG.length : index;
};

/** See the file's header. Then project by project: a process that has loaded one goes on with its files. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted(
      (a, b) =>
        place(a) - place(b) || a.project.name.localeCompare(b.project.name) || a.moduleId.localeCompare(b.moduleId),
    );
  }
}
