/**
 * Coverage by V8 of the tests and of every process and thread that they start: servers, commands,
 * the writer of a log.
 *
 * The test runner transforms the modules of tests; everybody else runs them as they are. So one file
 * has other offsets here than there, and only what came of them, lines, can be put together.
 */
import v8 from '@vitest/coverage-v8';
import { V8CoverageProvider } from '@vitest/coverage-v8/dist/provider.js';

type Reading = Parameters<V8CoverageProvider['readCoverageFiles']>[0];

interface Coverage {
  readonly result: readonly { readonly isExtendedContext?: boolean }[];
}

class Provider extends V8CoverageProvider {
  override async readCoverageFiles(reading: Reading): Promise<void> {
    for (const isOfOthers of [false, true]) {
      await super.readCoverageFiles({
        ...reading,
        onFileRead: ({ result }: Coverage) =>
          reading.onFileRead({
            result: result.filter((script) => (script.isExtendedContext ?? false) === isOfOthers),
          }),
      });
    }
  }
}

// The module itself, as it keeps what it has begun.
export default Object.assign(v8, { getProvider: async () => new Provider() });
