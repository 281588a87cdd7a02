/**
 * How the tests run: two files for each core at a time, the longest first. Files that start real processes
 * (conformance, system, crash) mostly wait, and the others fill the cores meanwhile. No test may
 * depend on how busy the machine is.
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
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: LongestFirst },
    // Only a test that hangs takes this long: a busy machine is no defect.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    coverage: {
      provider: 'custom',
      customProviderModule: './test/coverage.ts',
      autoAttachSubprocess: true,
      include: ['{shared,log-server,witness,monitor,cli}/**/*.ts'],
      reporter: ['text', 'json-summary'],
      thresholds: {
        'shared/protocol/**': lines,
        'log-server/**': lines,
        'witness/**': lines,
        'monitor/**': lines,
        'cli/**': lines,
      },
    },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'] },
      },
      {
        extends: true,
        test: { name: 'system', include: ['test/{conformance,system,crash}/**/*.test.ts'] },
      },
    ],
  },
});
