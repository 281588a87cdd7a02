/**
 * Found entries as answers: each with its bytes and its path to a checkpoint, so that nobody has to believe them.
 * What the index has is checked here as its reader will check it: an index that is damaged says nothing wrong.
 */
import { encodeBase64 } from '#protocol/base64.ts';
import { equalBytes, toHex } from '#protocol/bytes.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { type Hash, leafHash } from '#protocol/merkle/hash.ts';
import { inclusionProof, verifyInclusion } from '#protocol/merkle/proof.ts';
import { formatTlogProof } from '#protocol/proof/tlog-proof.ts';
import { type FoundEntry, SearchIndexError, type SeenCheckpoint } from '../index/search-index.ts';
import type { EntryAnswer, OneEntryAnswer } from '../search/answers.ts';
import { describeEntry } from '../search/described-entry.ts';
import { summaryOf } from '../search/summary.ts';
import type { IndexTrees } from './index-trees.ts';
import type { Confirmed, ReadLogs } from './read-logs.ts';

/** Entries whose paths are made before others have their turn. */
const ENTRIES_PER_TURN = 16;

export class EntryAnswers {
  readonly #logs: ReadLogs;
  readonly #trees: IndexTrees;

  constructor(logs: ReadLogs, trees: IndexTrees) {
    this.#logs = logs;
    this.#trees = trees;
  }

  /**
   * In their order, without those that are of no log of the explorer's, or beyond the checkpoints. `turn` lets others
   * go first. Rejects with `SearchIndexError`.
   */
  async all(
    found: readonly FoundEntry[],
    confirmed: Confirmed,
    turn: () => Promise<void>,
  ): Promise<EntryAnswer[]> {
    const answers: EntryAnswer[] = [];
    for (let at = 0; at < found.length; at += ENTRIES_PER_TURN) {
      if (at > 0) await turn();
      const some = found.slice(at, at + ENTRIES_PER_TURN);
      const made = await Promise.all(some.map((entry) => this.#answer(entry, confirmed)));
      answers.push(...made.filter((answer) => answer !== undefined));
    }
    return answers;
  }

  async one(found: FoundEntry, checkpoint: SeenCheckpoint): Promise<OneEntryAnswer> {
    const { entryTypes } = this.#logs.expect(found.log);
    const hashes = await this.#proof(found, checkpoint);
    const answer = answerOf(found, hashes, entryTypes);
    const proof = { index: found.index, hashes, checkpoint: checkpoint.note };
    return { ...answer, tlog_proof: formatTlogProof(proof) };
  }

  async #answer(found: FoundEntry, confirmed: Confirmed): Promise<EntryAnswer | undefined> {
    const served = this.#logs.get(found.log);
    const checkpoint = confirmed.get(found.log);
    if (served === undefined || checkpoint === undefined || found.index >= checkpoint.size) {
      return undefined;
    }
    return answerOf(found, await this.#proof(found, checkpoint), served.entryTypes);
  }

  async #proof({ log, index, bytes, leafHash: leaf }: FoundEntry, { size, root }: SeenCheckpoint) {
    const proof = await inclusionProof(this.#trees.reader(log, size), index, size);
    if (equalBytes(leafHash(bytes), leaf) && verifyInclusion(leaf, index, size, proof, root)) {
      return proof;
    }
    const message = `entry ${index} of ${log} does not lead to the root of its checkpoint`;
    throw new SearchIndexError('failed', message);
  }
}

function answerOf(
  { log, index, leafHash: leaf, bytes, fault }: FoundEntry,
  proof: readonly Hash[],
  types: readonly EntryType[],
): EntryAnswer {
  const { type, description } = describeEntry(bytes, types);
  return {
    log,
    index,
    leaf_hash: toHex(leaf),
    type,
    ...(fault !== undefined && { fault }),
    entry: encodeBase64(bytes),
    proof: proof.map(encodeBase64),
    summary: summaryOf(description),
  };
}
