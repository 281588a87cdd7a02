/**
 * How the tests run: unit test files side by side, then files that start real processes (conformance,
 * system, crash) one at a time, as they measure time and load the machine.
 *
 * Coverage is measured in a full run only (`./tecp test`), where its thresholds can make it fail.
 */
import { defineConfig } from 'vitest/config';

const lines = { lines: 85 };

export default defineConfig({
  test: {
    reporters: ['default', './test/reporter.ts'],
    coverage: {
      provider: 'v8',
      include: ['shared/**/*.ts', 'log-server/**/*.ts', 'witness/**/*.ts', 'monitor/**/*.ts'],
      reporter: ['text', 'json-summary'],
      thresholds: {
        'shared/protocol/**': lines,
        'log-server/**': lines,
        'witness/**': lines,
        'monitor/**': lines,
      },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // Only a test that hangs takes this long: a busy machine is no defect.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // One for each core: by default one core is spared, and half of two is all of the speed.
          maxWorkers: '100%',
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/{conformance,system,crash}/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
