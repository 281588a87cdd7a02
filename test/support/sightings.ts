/**
 * Every signed checkpoint that anybody saw during a test, and whether they are about one tree.
 *
 * With all entries at hand, "no two contradict" is one comparison for each: its root must be that
 * of the entries at its size.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { CompactRange } from '#protocol/merkle/compact-range.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import type { Checkpoint } from '#protocol/note/checkpoint.ts';
import { openWithPolicy, type Policy } from '#protocol/policy/policy.ts';
import { witnessCheckpointPath } from '#protocol/witness/add-checkpoint.ts';
import { type Member, type TestNetwork, tryGet } from './network.ts';

/** What somebody was last seen to stand at. */
interface Standing {
  readonly size: number;
  /** POSIX seconds of the newest cosignature there of each witness's key. */
  readonly times: ReadonlyMap<string, number>;
}

export class Sightings {
  readonly #policy: Policy;
  // Owned here: checkpoints by their text, so that each is kept once.
  readonly #seen = new Map<string, Checkpoint>();
  readonly #lastStanding = new Map<string, Standing>();
  /** Whoever went back in size or time, in words. */
  readonly steps: string[] = [];

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  get count(): number {
    return this.#seen.size;
  }

  /** Takes a note; throws if the log or a witness has not signed it as it claims. */
  add(note: string): void {
    this.#open(note);
  }

  /** Takes what one party shows, which may never go back. */
  addFrom(who: string, note: string): void {
    const now = this.#open(note);
    const before = this.#lastStanding.get(who) ?? { size: 0, times: new Map() };
    if (now.size < before.size) this.steps.push(`${who}: from ${before.size} back to ${now.size}`);
    for (const [witness, seconds] of now.times) {
      const last = before.times.get(witness) ?? 0;
      if (seconds < last) this.steps.push(`${who}: ${witness} from ${last} s back to ${seconds} s`);
    }
    // Not each witness is in each quorum.
    this.#lastStanding.set(who, {
      size: now.size,
      times: new Map([...before.times, ...now.times]),
    });
  }

  /** Looks at the log and at every witness; whoever is away shows nothing. */
  async look(network: TestNetwork): Promise<void> {
    const path = witnessCheckpointPath(network.origin);
    const look = async ({ name, url }: Member, file: string): Promise<void> => {
      const note = await tryGet(`${url}/${file}`);
      if (note !== undefined) this.addFrom(name, note);
    };
    await Promise.all([
      look(network.log, 'checkpoint'),
      ...network.witnesses.map((witness) => look(witness, path)),
    ]);
  }

  /** Size at which somebody was last seen; 0 if never. */
  sizeOf(who: string): number {
    return this.#lastStanding.get(who)?.size ?? 0;
  }

  /** Checkpoints that are not about the tree of these entries. */
  contradictions(entries: readonly Uint8Array[]): Checkpoint[] {
    const bySize = Map.groupBy(this.#seen.values(), ({ size }) => size);
    const range = CompactRange.empty();
    const wrong = (bySize.get(0) ?? []).filter(({ root }) => !equalBytes(root, range.root()));
    for (const entry of entries) {
      range.append(leafHash(entry));
      const here = bySize.get(range.size) ?? [];
      wrong.push(...here.filter(({ root }) => !equalBytes(root, range.root())));
    }
    wrong.push(...[...this.#seen.values()].filter(({ size }) => size > entries.length));
    return wrong;
  }

  #open(note: string): Standing {
    const { checkpoint, cosignatures, note: opened } = openWithPolicy(note, this.#policy);
    this.#seen.set(opened.text, checkpoint);
    const times = new Map(cosignatures.map(({ witness, timeSeconds }) => [witness, timeSeconds]));
    return { size: checkpoint.size, times };
  }
}
