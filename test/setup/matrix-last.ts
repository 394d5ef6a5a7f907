/**
 * The order of the test files. Project by project, for a process that has loaded one goes on with its files: first what
 * needs no services, then the workflow suite without a cache. Of the others those that take minutes begin first, so that none
 * of them is left alone, and the fault matrix comes last: its cells are each other's traffic, and enough for two processors.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const PROJECTS = ['pure', 'uncached', 'real'];

/** Files that take more than about half a minute: those that wait for windows of Altegio beside those that compute. */
const LONG = [
  'fault/budget-processes',
  'service/drift-causes',
  'fault/thousand',
  'fault/outage',
  'fault/till',
  'service/changes',
  'fault/intake-flood',
  'fault/kill',
  'service/visits',
  'service/demo',
  'fault/outage-reads',
  'service/start',
  'browser/play',
];
const MATRIX = /test\/fault\/matrix[a-z-]*\.test\.ts$/;

const projectPlace = ({ project }: TestSpecification): number => PROJECTS.indexOf(project.name);
const place = ({ moduleId }: TestSpecification): number => {
  if (MATRIX.test(moduleId)) return LONG.length + 1;
  const index = LONG.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
  return index < 0 ? LONG.length : index;
};

/** See the file's header. */
export class MatrixLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted(
      (a, b) => projectPlace(a) - projectPlace(b) || place(a) - place(b) || a.moduleId.localeCompare(b.moduleId),
    );
  }
}
