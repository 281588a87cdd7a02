/**
 * A policy out of keys, URLs and a number. Keys of one name are one operator, who counts when all of
 * them have cosigned.
 */
import { existsSync } from 'node:fs';
import { unusable } from '#cli/lib/errors.ts';
import { readKeys } from '#cli/lib/key-text.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { algorithmOf } from '#protocol/note/algorithms.ts';
import { parseVerifierKey, type VerifierKey } from '#protocol/note/key.ts';
import {
  formatPolicy,
  NO_QUORUM,
  type Policy,
  type PolicyGroup,
  parsePolicy,
} from '#protocol/policy/policy.ts';

/** What one `--log` or `--witness` names. */
export interface Party {
  readonly keys: readonly VerifierKey[];
  readonly url?: string;
}

const QUORUM_GROUP = 'witnesses';

/** `<key>[,<url>]`, where the key is a file or a verifier key itself. */
export async function readParty(text: string): Promise<Party> {
  const [, source = text, url] = /^(.*),(https?:\/\/.*)$/s.exec(text) ?? [];
  const keys = existsSync(source)
    ? (await readKeys(source)).map(({ key }) => key)
    : [parseKeyArgument(source)];
  return url === undefined ? { keys } : { keys, url };
}

function parseKeyArgument(text: string): VerifierKey {
  if (!text.includes('+')) throw unusable(`There is no key file ${text}.`);
  try {
    return parseVerifierKey(text);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    // Not repeated: by mistake it may be a signing key.
    throw unusable(`What was given as a key is no verifier key: ${error.message}.`);
  }
}

/** `quorum`: `none`, `any`, `all`, a number of witnesses, or nothing for more than half of them. */
export function buildPolicy(
  logs: readonly Party[],
  witnesses: readonly Party[],
  quorum: string | undefined,
): Policy {
  const lines = witnesses.flatMap(({ keys, url }) => keys.map((key) => ({ key, ...urlOf(url) })));
  const names = [...new Set(lines.map(({ key }) => key.name))];
  const keysOf = (name: string) => lines.filter(({ key }) => key.name === name);
  const operators = names.flatMap((name): PolicyGroup[] => {
    const members = keysOf(name).map(({ key }) => lineName(key, true));
    return members.length === 1 ? [] : [{ name, threshold: members.length, members }];
  });
  const groups = [...operators, ...quorumGroup(names, quorum)];
  const policy: Policy = {
    logs: logs.flatMap(({ keys, url }) => keys.map((key) => ({ key, ...urlOf(url) }))),
    witnesses: lines.map((line) => {
      const isOneOfSeveral = keysOf(line.key.name).length > 1;
      return { name: lineName(line.key, isOneOfSeveral), ...line };
    }),
    groups,
    quorum: quorum === NO_QUORUM ? NO_QUORUM : QUORUM_GROUP,
  };
  try {
    return parsePolicy(formatPolicy(policy));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw unusable(`These do not make a policy: ${error.message.replace(/^line \d+: /, '')}.`);
  }
}

function urlOf(url: string | undefined): { url?: string } {
  return url === undefined ? {} : { url };
}

function lineName(key: VerifierKey, isOneOfSeveral: boolean): string {
  if (!isOneOfSeveral) return key.name;
  const algorithm = algorithmOf(key.type);
  // A log's key among witnesses is refused when the whole policy is parsed.
  return `${key.name}-${algorithm.role === 'cosigner' ? algorithm.suffix : algorithm.purpose}`;
}

function quorumGroup(names: readonly string[], quorum: string | undefined): PolicyGroup[] {
  if (quorum === NO_QUORUM) return [];
  if (names.length === 0) {
    throw unusable('A quorum needs witnesses: add --witness, or say --quorum none.');
  }
  const words: Readonly<Record<string, number>> = { any: 1, all: names.length };
  const majority = Math.floor(names.length / 2) + 1;
  const threshold = quorum === undefined ? majority : (words[quorum] ?? Number(quorum));
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > names.length) {
    throw unusable(
      `--quorum ${quorum}: expected none, any, all or a number from 1 to ${names.length}, as many ` +
        'witnesses as there are.',
    );
  }
  return [{ name: QUORUM_GROUP, threshold, members: names }];
}
