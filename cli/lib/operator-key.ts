/** The key of the operator of logs, by which his list of shards is believed. */
import { Option } from 'commander';
import { ProtocolError } from '#protocol/errors.ts';
import { parseVerifierKey, type VerifierKey } from '#protocol/note/key.ts';
import { openShardList, type ShardList } from '#protocol/shards/shard-list.ts';
import { CommandError, unusable } from './errors.ts';
import { readKeys } from './key-text.ts';

export function operatorKeyOption(): Option {
  return new Option('--operator-key <key>', "the operator's verifier key, or a file that holds it");
}

export async function operatorKey(named: string): Promise<VerifierKey> {
  try {
    return parseVerifierKey(named);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  const [first, ...others] = await readKeys(named);
  if (others.length > 0) throw unusable(`${named} holds more than one key.`);
  return first!.key;
}

/** The list of a note, at this time. Throws `CommandError` for one that is not to be believed. */
export function believedList(note: string, operator: VerifierKey): ShardList {
  return asFinding(() => openShardList(note, operator, Date.now() / 1000));
}

/** What is wrong with a list is a finding. */
export function asFinding<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new CommandError(`The list of shards is not to be believed: ${error.message}.`);
  }
}
