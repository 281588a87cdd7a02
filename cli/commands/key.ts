/** `tecp key show`: what a key is, and the fingerprint by which two people compare it. */
import { Command } from 'commander';
import {
  bastionBackend,
  type KeyInFile,
  keyFacts,
  keyJson,
  readKeys,
  receiptKey,
} from '#cli/lib/key-text.ts';
import { formatFacts, printable, printJson } from '#cli/lib/print.ts';

const EXAMPLES = `
The file holds a signing key, of which only the public part is shown, or verifier keys, one on each
line. The fingerprint is the SHA-256 of the verifier key; read it to one another over the telephone,
and both have the same name, type and key. Without this program:
  $ printf %s "$VERIFIER_KEY" | sha256sum

Examples:
  $ ./tecp key show log.key
  $ echo "$VERIFIER_KEY" | ./tecp key show -
  $ ./tecp key show log.key --json`;

export function keyCommand(): Command {
  const command = new Command('key')
    .description('Keys of logs, witnesses and issuers.')
    .addHelpText('after', '\nExample:\n  $ ./tecp key show data/issuer.key');
  command
    .command('show')
    .description('Shows name, type, key ID, fingerprint and verifier key; never the secret.')
    .argument('<file>', 'key file, or - for standard input')
    .option('--json', 'print one line of JSON for each key')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, { json }: { json?: boolean }) => {
      const keys = await readKeys(file);
      for (const { key, isSecret } of keys) {
        if (json) printJson({ ...keyJson(key), secret: isSecret });
      }
      if (!json) process.stdout.write(keys.map(formatKey).join('\n'));
    });
  return command;
}

function formatKey({ key, isSecret }: KeyInFile): string {
  return formatFacts([
    ...keyFacts(key),
    ['in receipts', receiptKey(key)],
    ['bastion backend', bastionBackend(key)],
    ['verifier', printable(key.text)],
    ['file', isSecret ? 'holds the secret: never hand it out' : 'public'],
  ]);
}
