/** `tecp keygen`: one signing key into a file; its verifier key on standard output. */
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { unusable } from '#cli/lib/errors.ts';
import { fingerprint, receiptKey } from '#cli/lib/key-text.ts';
import { printLine, say } from '#cli/lib/print.ts';
import { randomBytes } from '#crypto';
import { ProtocolError } from '#protocol/errors.ts';
import { KEY_ALGORITHMS } from '#protocol/note/algorithms.ts';
import { KEY_TYPES, type KeyType, makeSignerKey, type SignerKey } from '#protocol/note/key.ts';
import { writeSignerKey } from '#service/keys.ts';

const TYPES: Readonly<Record<string, KeyType>> = {
  ...Object.fromEntries(KEY_ALGORITHMS.map(({ purpose, type }) => [purpose, type])),
  issuer: KEY_TYPES.ed25519,
  operator: KEY_TYPES.ed25519,
};
const SEED_BYTES = 32;

const EXAMPLES = `
The name of a log's key is its origin; choose one under a domain of yours, without "https://". A
witness has one key of each kind, both of one name. The file gets mode 0600 and is never overwritten.

Examples:
  $ ./tecp keygen --type log --name log.example.com/2026 --out log.key
  $ ./tecp keygen --type witness --name witness.example.com/w1 --out ed25519.key
  $ ./tecp keygen --type witness-mldsa --name witness.example.com/w1 --out ml-dsa-44.key
  $ ./tecp keygen --type issuer --name example.com/billing --out issuer.key`;

interface KeygenOptions {
  readonly type: string;
  readonly name: string;
  readonly out: string;
}

export function keygenCommand(): Command {
  return new Command('keygen')
    .description('Makes a signing key and prints the verifier key to give to others.')
    .addOption(
      new Option('--type <type>', 'what the key is for')
        .choices(Object.keys(TYPES))
        .makeOptionMandatory(),
    )
    .requiredOption('--name <name>', 'key name; for a log its origin')
    .requiredOption('--out <file>', 'file to create')
    .addHelpText('after', EXAMPLES)
    .action(({ type, name, out }: KeygenOptions) => {
      const key = makeKey(name, TYPES[type]!);
      writeSignerKey(resolve(out), key);
      printLine(key.verifier.text);
      say(`fingerprint ${fingerprint(key.verifier)}`);
      if (type === 'issuer') say(`in receipts the key is ${receiptKey(key.verifier)}`);
    });
}

function makeKey(name: string, type: KeyType): SignerKey {
  try {
    return makeSignerKey(name, type, randomBytes(SEED_BYTES));
  } catch (error) {
    if (error instanceof ProtocolError) throw unusable(`"${name}": ${error.message}.`);
    throw error;
  }
}
