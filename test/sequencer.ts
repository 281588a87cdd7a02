/** Starts the test files that take longest first, so that the others run beside them. */
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Those of real processes wait much of their time; the rest goes by what the runner knows of it. */
const FIRST = [
  // Compiles what the other files of that folder need, too.
  'sdk/native',
  'system/up',
  'torture/kill',
  'adversary/laboratory',
  'system/cli.',
  'system/bucket',
  'system/restored-log',
  'system/honest-load',
  'system/withheld.',
  'system/tarpit',
  'system/split-view',
  'conformance/explorer',
  'system/explorer',
  'conformance/s3',
  'torture/',
  'adversary/',
  'sdk/',
  'system/',
  'conformance/',
  'unit/log-server/many-waiters',
];

function rank({ moduleId }: TestSpecification): number {
  const found = FIRST.findIndex((part) => moduleId.includes(`/test/${part}`));
  return found < 0 ? FIRST.length : found;
}

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
