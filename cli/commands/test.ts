/** `tecp test`: answered by the launcher, which installs what the tests need first. */
import { Command } from 'commander';
import { unusable } from '#cli/lib/errors.ts';

const EXAMPLES = `
Examples:
  $ ./tecp test                       everything, with coverage
  $ ./tecp test test/unit/protocol    only some files`;

export function testCommand(): Command {
  return new Command('test')
    .description('Runs the tests of this project; ends with "N passed, N failed".')
    .argument('[path...]', 'run only test files whose path contains one of these')
    .addHelpText('after', EXAMPLES)
    .action(() => {
      throw unusable('The tests are run by the launcher: use "./tecp test".');
    });
}
