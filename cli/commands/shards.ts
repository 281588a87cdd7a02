/** `tecp shards`: the list of an operator's logs, signed by him, and read by anybody. Offline. */
import { Command } from 'commander';
import { unusable } from '#cli/lib/errors.ts';
import { inputName, readInput, writeFileAtomically } from '#cli/lib/files.ts';
import { asFinding, believedList, operatorKey, operatorKeyOption } from '#cli/lib/operator-key.ts';
import { formatTable, printable, printJson, printLine, say } from '#cli/lib/print.ts';
import { encodeBase64 } from '#protocol/base64.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { MAX_NOTE_BYTES } from '#protocol/note/note.ts';
import {
  checkFollows,
  MAX_SHARD_LIST_BYTES,
  parseShardList,
  type ShardList,
  shardToWrite,
  signShardList,
} from '#protocol/shards/shard-list.ts';
import { readSignerKey } from '#service/keys.ts';

const SIGN_DETAILS = `
The text has the form of docs/spec/shards.md. With --before, the list that was signed last, it has to follow that
one: a greater version, no shard less, none that thaws or ends with another tree.

Examples:
  $ ./tecp keygen --type operator --name log.example/operator --out operator.key
  $ ./tecp shards sign shards.txt --key operator.key --out shards.note
  $ ./tecp shards sign shards.txt --key operator.key --before shards.note --out shards.note`;

const SHOW_DETAILS = `
Exit codes: 0 genuine, current, and after that of --before; 1 not; 2 unreadable.

Examples:
  $ ./tecp shards show shards.note --operator-key operator.vkey
  $ curl -s https://log.example/2026/v1/log/shards | ./tecp shards show - --operator-key operator.vkey --json`;

interface SignOptions {
  readonly key: string;
  readonly out: string;
  readonly before?: string;
}

interface ShowOptions {
  readonly operatorKey: string;
  readonly before?: string;
  readonly json?: boolean;
}

export function shardsCommand(): Command {
  const command = new Command('shards')
    .description("The list of an operator's logs: which to write to, and which to read.")
    .addHelpText(
      'after',
      '\nExample:\n  $ ./tecp shards show shards.note --operator-key operator.vkey',
    );
  command
    .command('sign')
    .description('Signs a list.')
    .argument('<file>', 'text of a list, or - for standard input')
    .requiredOption('--key <file>', "the operator's signing key")
    .requiredOption('--out <file>', 'the signed list, replaced at once if it is there')
    .option('--before <file>', 'the signed list that this one follows')
    .addHelpText('after', SIGN_DETAILS)
    .action(sign);
  command
    .command('show')
    .description('Verifies a signed list and shows it.')
    .argument('<file>', 'signed list, or - for standard input')
    .addOption(operatorKeyOption().makeOptionMandatory())
    .option('--before <file>', 'a signed list that was seen earlier, which it has to follow')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', SHOW_DETAILS)
    .action(show);
  return command;
}

async function sign(file: string, { key: keyFile, out, before }: SignOptions): Promise<void> {
  const key = readSignerKey(keyFile);
  const list = await readList(file);
  if (before !== undefined) {
    // That may have expired.
    const earlier = await readNote(before);
    const text = earlier.slice(0, earlier.lastIndexOf('\n\n') + 1);
    asFinding(() => checkFollows(parseShardList(text), list));
  }
  await writeFileAtomically(
    out,
    asFinding(() => signShardList(list, key)),
    { durable: true },
  );
  printLine(out);
}

async function show(file: string, options: ShowOptions): Promise<void> {
  const key = await operatorKey(options.operatorKey);
  const list = believedList(await readNote(file), key);
  if (options.before !== undefined) {
    const before = believedList(await readNote(options.before), key);
    asFinding(() => checkFollows(before, list));
  }
  if (options.json) return printJson(listJson(list));
  const { version, expires, shards } = list;
  say(`Version ${version}, good until ${new Date(expires * 1000).toISOString()}.`);
  const write = shardToWrite(list);
  const rows = shards.map((shard) => {
    const state = shard.final === undefined ? 'open' : `frozen at ${shard.final.size}`;
    return [
      printable(shard.key.name),
      printable(shard.url),
      state,
      shard === write ? 'write here' : '',
    ];
  });
  process.stdout.write(formatTable(rows));
}

function listJson(list: ShardList) {
  const { version, issued, expires, shards } = list;
  const shown = shards.map(({ key, url, began, final }) => {
    const end = final && { size: final.size, root: encodeBase64(final.root) };
    return { origin: key.name, vkey: key.text, url, began, ...(end && { final: end }) };
  });
  return {
    version,
    issued,
    expires,
    write_to: shardToWrite(list)?.key.name ?? null,
    shards: shown,
  };
}

async function readNote(file: string): Promise<string> {
  return await readText(file, MAX_NOTE_BYTES);
}

async function readList(file: string): Promise<ShardList> {
  const text = await readText(file, MAX_SHARD_LIST_BYTES);
  try {
    return parseShardList(text);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const where = error.field === undefined ? '' : ` (${error.field})`;
    throw unusable(`${inputName(file)} is not a list of shards${where}: ${error.message}.`);
  }
}

async function readText(file: string, maxBytes: number): Promise<string> {
  try {
    return decodeUtf8(await readInput(file, maxBytes));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw unusable(`${inputName(file)} is not text: ${error.message}.`);
  }
}
