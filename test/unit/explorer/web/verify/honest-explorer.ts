/**
 * An explorer in memory that tells the truth, about real logs: signed checkpoints, cosigned by witnesses, real receipts
 * and real proofs. Tests change what it answers, and see whether the visitor's browser notices.
 */

import { VerifiedTree } from '#client/verified-tree.ts';
import { sha256 } from '#crypto';
import type {
  CheckpointsAnswer,
  EntryAnswer,
  LogAnswer,
  LogsAnswer,
  OneEntryAnswer,
  SearchAnswer,
  StatsAnswer,
} from '#explorer/search/answers.ts';
import { describeEntry } from '#explorer/search/described-entry.ts';
import type { Filters } from '#explorer/search/filters.ts';
import { matches } from '#explorer/search/matches.ts';
import { summaryOf } from '#explorer/search/summary.ts';
import { countEntry, lastHourOf, newTally, statsNumbers } from '#explorer/search/tally.ts';
import { memoryStorage } from '#explorer/web/verify/trust/text-storage.ts';
import { Verifier, type VerifierOptions } from '#explorer/web/verify/verifier.ts';
import { encodeBase64 } from '#protocol/base64.ts';
import { concatBytes, encodeUtf8, toHex } from '#protocol/bytes.ts';
import { ENTRY_TYPES } from '#protocol/entry/registry.ts';
import { type Hash, leafHash } from '#protocol/merkle/hash.ts';
import { inclusionProof, treeRoot } from '#protocol/merkle/proof.ts';
import { encodeEntryBundle, parseTilePath, TILE_WIDTH } from '#protocol/merkle/tiles.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import { KEY_TYPES, type SignerKey } from '#protocol/note/key.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import { formatTlogProof } from '#protocol/proof/tlog-proof.ts';
import { newKey } from '#test/support/keys.ts';
import { freshReceipt } from '#test/support/log.ts';
import { MemorySource } from '#test/support/memory-source.ts';

export const NOW_MS = 1_795_000_000_000;
const NOW_SECONDS = NOW_MS / 1000;

/** Two of three, one of them with ML-DSA-44. */
const WITNESSES = [
  newKey('w1.example', KEY_TYPES.cosignatureEd25519),
  newKey('w2.example', KEY_TYPES.cosignatureEd25519),
  newKey('w3.example', KEY_TYPES.cosignatureMlDsa44),
];

/** Receipts, of which every third has another policy, and some bytes that are none. */
export function someEntries(size: number, salt = ''): Uint8Array[] {
  return Array.from({ length: size }, (_, i) =>
    i % 4 === 3
      ? encodeUtf8(`opaque ${i} ${salt}`)
      : freshReceipt({
          ts: NOW_MS - 1000 * (size - i),
          policy_ids: i % 3 === 0 ? ['no_retention'] : ['custom_policy', 'no_retention'],
        }),
  );
}

export class HonestLog {
  readonly key: SignerKey;
  readonly source: MemorySource;

  constructor(origin: string, key = newKey(origin, KEY_TYPES.ed25519)) {
    this.key = key;
    this.source = new MemorySource(key);
  }

  get origin(): string {
    return this.key.verifier.name;
  }

  get size(): number {
    return this.source.tree.size;
  }

  grow(...entries: readonly Uint8Array[]): this {
    this.source.append(...entries);
    return this;
  }

  get policy(): string {
    return [
      `log ${this.key.verifier.text}`,
      ...WITNESSES.map(({ verifier }, i) => `witness w${i + 1} ${verifier.text}`),
      'group two 2 w1 w2 w3',
      'quorum two\n',
    ].join('\n');
  }

  /** Of the first `size` entries, cosigned by those of `by`. */
  async note(size = this.size, by = [0, 1, 2]): Promise<string> {
    const root = await this.root(size);
    const checkpoint = { origin: this.origin, size, root, extensions: [] };
    const { text, signatures } = parseNote(signCheckpoint(checkpoint, this.key));
    const cosigned = by.map((i) => cosign(text, WITNESSES[i]!, NOW_SECONDS - 60 + i));
    return formatNote({ text, signatures: [...signatures, ...cosigned] });
  }

  async root(size: number): Promise<Hash> {
    return size === this.size ? this.source.tree.root() : await treeRoot(this.#tree.read, size);
  }

  async proof(index: number, size = this.size): Promise<Hash[]> {
    return await inclusionProof(this.#tree.read, index, size);
  }

  get #tree(): VerifiedTree {
    return new VerifiedTree(this.source, { size: this.size, root: this.source.tree.root() });
  }
}

export class HonestExplorer {
  readonly logs: readonly HonestLog[];

  constructor(...logs: readonly HonestLog[]) {
    this.logs = logs;
  }

  async logsAnswer(): Promise<LogsAnswer> {
    return { logs: await Promise.all(this.logs.map(logAnswer)), now_ms: NOW_MS };
  }

  async search(filters: Filters, limit = 100, cursor?: string): Promise<SearchAnswer> {
    const asked = this.logs.filter(({ origin }) => (filters.log ?? origin) === origin);
    const all = asked.flatMap((log) =>
      log.source.log.map((_, i) => ({ log, index: log.size - 1 - i })),
    );
    const rest = all.slice(cursor === undefined ? 0 : -Number(cursor));
    const passing = rest.filter(({ log, index }) => passes(filters, log, index));
    const page = passing.slice(0, limit);
    const next = passing[limit];
    const left = next === undefined ? 0 : rest.length - rest.indexOf(next);
    const countOf = (some: typeof all, log: HonestLog) =>
      some.filter((one) => one.log === log).length;
    const searched = asked.map((log) => {
      const to = countOf(rest, log);
      return [log.origin, { from: left === 0 ? 0 : countOf(rest.slice(-left), log), to }] as const;
    });
    const checkpoints: Record<string, string> = {};
    for (const { log } of page) checkpoints[log.origin] ??= await log.note();
    const entries = await Promise.all(page.map(({ log, index }) => entryAnswer(log, index)));
    return {
      checkpoints,
      entries,
      searched: Object.fromEntries(searched),
      ...(left > 0 ? { next_cursor: `${left}` } : {}),
    };
  }

  async entry(index: number, log = this.logs[0]!): Promise<OneEntryAnswer> {
    const hashes = await log.proof(index);
    const tlog_proof = formatTlogProof({ index, hashes, checkpoint: await log.note() });
    return { ...(await entryAnswer(log, index)), tlog_proof };
  }

  async stats(log = this.logs[0]!): Promise<StatsAnswer> {
    const tally = newTally();
    for (const bytes of log.source.log) {
      countEntry(tally, describeEntry(bytes, ENTRY_TYPES), bytes.length, false);
    }
    return {
      log: log.origin,
      checkpoint: await log.note(),
      ...statsNumbers(tally, lastHourOf(NOW_MS)),
    };
  }

  async checkpoints(sizes: readonly number[], log = this.logs[0]!): Promise<CheckpointsAnswer> {
    const cosigned = [0, 1, 2].map((i) => ({
      witness: `w${i + 1}`,
      time_seconds: NOW_SECONDS - 60 + i,
    }));
    const checkpoints = await Promise.all(
      sizes.map(async (size) => ({
        size,
        root: toHex(await log.root(size)),
        seen_ms: NOW_MS,
        cosigned,
        note: await log.note(size),
      })),
    );
    return { log: log.origin, checkpoints };
  }

  /** The public files of each log, as the explorer serves them. */
  readonly fetch: VerifierOptions['fetch'] = async (url) => {
    const [, folder, path] =
      /^http:\/\/explorer\.test\/logs\/([0-9a-f]{64})\/(.*)$/.exec(url) ?? [];
    const log = this.logs.find(({ origin }) => toHex(sha256(encodeUtf8(origin))) === folder);
    const file = log && fileOf(log.source, path!);
    return file === undefined
      ? new Response('no such file', { status: 404 })
      : new Response(new Uint8Array(file));
  };

  /** A visitor's browser that has loaded the list of logs. */
  async visitor(options: Partial<VerifierOptions> = {}): Promise<Verifier> {
    const verifier = this.browser(options);
    await verifier.logs(await this.logsAnswer(), NOW_MS);
    return verifier;
  }

  browser(options: Partial<VerifierOptions> = {}): Verifier {
    return new Verifier({
      fetch: this.fetch,
      nowMs: () => NOW_MS,
      storage: memoryStorage(),
      url: 'http://explorer.test',
      ...options,
    });
  }
}

async function logAnswer(log: HonestLog): Promise<LogAnswer> {
  return {
    log: log.origin,
    url: 'https://log.example',
    size: log.size,
    checkpoint: await log.note(),
    // Of the second of the two that are needed.
    checkpoint_ms: 1000 * (NOW_SECONDS - 59),
    shown_size: log.size,
    state: 'current',
    evidence: [],
    policy: log.policy,
    entry_types: ['tecp-receipt', 'opaque'],
    judged: true,
    files: `/logs/${toHex(sha256(encodeUtf8(log.origin)))}/`,
  };
}

async function entryAnswer(log: HonestLog, index: number): Promise<EntryAnswer> {
  const bytes = log.source.log[index]!;
  const { type, description } = describeEntry(bytes, ENTRY_TYPES);
  return {
    log: log.origin,
    index,
    leaf_hash: toHex(leafHash(bytes)),
    type,
    entry: encodeBase64(bytes),
    proof: (await log.proof(index)).map(encodeBase64),
    summary: summaryOf(description),
  };
}

function passes(filters: Filters, log: HonestLog, index: number): boolean {
  const bytes = log.source.log[index]!;
  const { timeMs, facts = {} } = describeEntry(bytes, ENTRY_TYPES).description;
  const candidate = { log: log.origin, index, leafHash: leafHash(bytes), timeMs, facts };
  return matches(filters, candidate);
}

function fileOf(source: MemorySource, path: string): Uint8Array | undefined {
  const tile = parseTilePath(path);
  if (tile.level === 'entries') {
    const from = tile.index * TILE_WIDTH;
    const entries = source.log.slice(from, from + tile.width);
    return entries.length < tile.width ? undefined : encodeEntryBundle(entries);
  }
  const bytes = source.tiles.get(`${tile.level}/${tile.index}`);
  return bytes === undefined || bytes.length < tile.width * 32
    ? undefined
    : concatBytes(bytes.subarray(0, tile.width * 32));
}
