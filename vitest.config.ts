/**
 * How the tests run: as many files at a time as there are cores, or a few more; unit tests first, then those that start
 * real processes (conformance, sdk, system, torture), the longest first, and at last the laboratory by itself. No
 * test may depend on how busy the machine is.
 *
 * Coverage is measured in a full run only (`./tecp test`), where its thresholds can make it fail.
 */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import LongestFirst from './test/sequencer.ts';

const lines = { lines: 85 };

export default defineConfig({
  test: {
    reporters: ['default', './test/reporter.ts'],
    globalSetup: './test/build-web-app.ts',
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
    // Only a test that hangs takes this long: a busy machine is no defect.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    coverage: {
      provider: 'custom',
      customProviderModule: './test/coverage.ts',
      autoAttachSubprocess: true,
      include: ['{shared,log-server,witness,monitor,bastion,explorer,cli,sdk/js/src}/**/*.ts'],
      reporter: ['text', 'json-summary'],
      thresholds: {
        'shared/protocol/**': lines,
        'log-server/**': lines,
        'witness/**': lines,
        'monitor/**': lines,
        'bastion/**': lines,
        'explorer/**': lines,
        'cli/**': lines,
        'sdk/js/src/**': lines,
      },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // No test leaves anything behind in its process, and loading the modules for each file anew
          // takes more than half of the time of those that only compute.
          isolate: false,
          include: ['test/unit/**/*.test.ts', 'sdk/js/test/**/*.test.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/{conformance,sdk,system,torture}/**/*.test.ts'],
          // Half as many again as there are cores: for much of their time they wait for the processes they watch.
          maxWorkers: Math.ceil(availableParallelism() * 1.5),
          // Fifty starts of a process take a quarter of an hour at a load of thirty.
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'adversary',
          include: ['test/adversary/**/*.test.ts'],
          // After the others: how soon somebody notices is what it is about.
          sequence: { groupOrder: 3 },
          maxWorkers: 1,
          // Lies mostly wait, for one and the same processes.
          maxConcurrency: 24,
          testTimeout: 3_600_000,
        },
      },
    ],
  },
});
