/**
 * Ends a test run with one plain line: `N passed, N failed`, and `, N skipped` if any were.
 *
 * A file that cannot be loaded, and an error outside every test, count as one failure each, so
 * the line never looks better than the exit code (coverage thresholds aside, which say so).
 */
import { writeSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      counts.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        // A test that never finished has not passed.
        counts[state === 'pending' ? 'failed' : state] += 1;
      }
    }
    const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
    const line = `${counts.passed} passed, ${counts.failed} failed${skipped}\n`;
    // Written at exit, to come after the coverage table.
    process.once('exit', () => writeSync(1, line));
  }
}
