/**
 * How the tests run: as many files at a time as there are cores, or a few more; unit tests first, then those that start
 * real processes (adversary, conformance, sdk, system, torture), the longest first. No test may depend on how busy the
 * machine is: where one is about a time, as in the laboratory, the limit grows with what is measured of that.
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
          include: ['test/{adversary,conformance,sdk,system,torture}/**/*.test.ts'],
          // Half as many again as there are cores: for much of their time they wait for the processes they watch.
          maxWorkers: Math.ceil(availableParallelism() * 1.5),
          // The lies of the laboratory, which alone are told at once, mostly wait, for one and the same processes.
          maxConcurrency: 24,
          // Fifty starts of a process take a quarter of an hour at a load of thirty, and two dozen lies longer.
          testTimeout: 3_600_000,
          hookTimeout: 1_800_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
