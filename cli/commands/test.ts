/** `tecp test`: run by the launcher, which installs what the tests need first. Here is its help. */
import { Command } from 'commander';
import { unusable } from '#cli/lib/errors.ts';

const EXAMPLES = `
The launcher installs the development tools first where they are missing. The tests of
test/conformance also want Go and Chromium, and say that they are skipped without them. Options
that are not listed here go to vitest.

Examples:
  $ ./tecp test                            everything, with coverage
  $ ./tecp test test/unit/protocol         only some files
  $ ./tecp test test/unit -t "a proof"     only tests with these words in their name`;

export function testCommand(): Command {
  return new Command('test')
    .description('Runs the tests of this project; ends with "N passed, N failed".')
    .argument('[path...]', 'run only test files whose path contains one of these')
    .option('-t <pattern>', 'run only tests whose full name matches')
    .addHelpText('after', EXAMPLES)
    .action(() => {
      throw unusable('The tests are run by the launcher of the source repository: "./tecp test".');
    });
}
