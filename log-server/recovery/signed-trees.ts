/**
 * What a log is known to have signed: by its own database, its high-water mark, its witnesses, and the
 * mirrors that its operator names.
 *
 * A tree counts only if this log's key signed it, or the mark or the database, which its operator keeps,
 * say that it did.
 */
import { RemoteError } from '#client/http.ts';
import type { TileSource } from '#client/tile-source.ts';
import { WitnessClient } from '#client/witness-client.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { logOf, openCheckpoint } from '#protocol/note/checkpoint.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { formatNote } from '#protocol/note/note.ts';
import { openWithPolicy, type Policy } from '#protocol/policy/policy.ts';
import { ConfigError } from '#service/errors.ts';
import { outboundFetch } from '#service/outbound.ts';
import type { HighWaterMark } from '../store/high-water.ts';
import type { Anchor, TreeHead } from '../store/store.ts';
import type { KnownTree } from './agreement.ts';

/** A tree that the log signed. */
export interface SignedTree extends KnownTree {
  /** The checkpoint as it was shown; absent where only size and root are kept. */
  readonly note?: string;
  /** The mirror that showed it, if one did. */
  readonly source?: TileSource;
}

/** A copy of the log's public files. */
export interface Mirror {
  /** As the operator named it. */
  readonly name: string;
  readonly source: TileSource;
}

/** Who was asked, and cannot say what was signed. */
export interface Silent {
  readonly by: string;
  readonly reason: string;
}

export interface WhatWasSigned {
  readonly trees: readonly SignedTree[];
  readonly silent: readonly Silent[];
}

export interface Asked {
  readonly logKey: VerifierKey;
  readonly policy: Policy;
  readonly mark: HighWaterMark;
  /** The checkpoint signed last by the database. */
  readonly signed: TreeHead | undefined;
  readonly mirrors: readonly Mirror[];
  readonly timeoutMs: number;
}

/** Rejects with `ConfigError` for a mirror that is of another log. */
export async function whatWasSigned(asked: Asked): Promise<WhatWasSigned> {
  const { logKey, policy, mark, signed, mirrors, timeoutMs } = asked;
  const trees: SignedTree[] = [];
  const silent: Silent[] = [];
  if (signed !== undefined) trees.push({ ...signed, by: 'the database' });
  const marked = mark.mark?.signed;
  if (marked !== undefined) trees.push({ ...marked, by: `the high-water mark ${mark.path}` });

  const ask = async (by: string, read: () => Promise<string | undefined>, source?: TileSource) => {
    try {
      const note = await read();
      if (note === undefined) return;
      const { size, root } = openCheckpoint(note, logOf(logKey)).checkpoint;
      trees.push({ by, size, root, note, ...(source && { source }) });
    } catch (error) {
      if (!(error instanceof RemoteError || error instanceof ProtocolError)) throw error;
      if (source !== undefined && isOfAnother(error)) {
        throw new ConfigError(`${by} is no mirror of ${logKey.name}: ${error.message}.`);
      }
      silent.push({ by, reason: error.message });
    }
  };
  const urls = new Set(policy.witnesses.flatMap(({ url }) => url ?? []));
  const options = { timeoutMs, fetch: outboundFetch };
  await Promise.all([
    ...mirrors.map(({ name, source }) => ask(name, () => source.checkpoint(), source)),
    ...Array.from(urls, (url) => {
      const client = new WitnessClient(url, options);
      return ask(witnessAt(url), () => client.checkpoint(logKey.name));
    }),
  ]);
  return { trees, silent };
}

/** How what a witness shows is named. */
export function witnessAt(url: string): string {
  return `the witness ${url}`;
}

function isOfAnother(error: RemoteError | ProtocolError): boolean {
  return error instanceof ProtocolError && ['untrusted', 'bad-signature'].includes(error.code);
}

/** The newest of these checkpoints that has its quorum. */
export function newestWithQuorum(trees: readonly SignedTree[], policy: Policy): Anchor | undefined {
  return trees
    .flatMap(({ note }) => (note === undefined ? [] : (quorate(note, policy) ?? [])))
    .toSorted((a, b) => b.size - a.size)[0];
}

/** A checkpoint that the quorum of the policy cosigned, with those of its lines that verify. */
function quorate(note: string, policy: Policy): Anchor | undefined {
  try {
    const {
      checkpoint,
      note: parsed,
      logKey,
      cosignatures,
      quorumMet,
    } = openWithPolicy(note, policy);
    if (!quorumMet) return undefined;
    const { text, signatures } = parsed;
    const own = signatures.filter(({ name, id }) => name === logKey.name && id === logKey.id);
    const verified = cosignatures.map(({ signature }) => signature);
    const lines = [...own.slice(0, 1), ...verified];
    return { size: checkpoint.size, note: formatNote({ text, signatures: lines }) };
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
