/**
 * Whether those whom a policy names answer at its URLs, with the keys that it lists: each log with a
 * checkpoint that has its quorum, each witness with its cosignatures of that log.
 */
import { RemoteError } from '#client/http.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { WitnessClient } from '#client/witness-client.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { findCosignatures } from '#protocol/note/cosignature.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { parseNote } from '#protocol/note/note.ts';
import { openWithPolicy, type Policy, type PolicyLog } from '#protocol/policy/policy.ts';
import { httpPrefix } from '#protocol/policy/url.ts';

export interface Answer {
  readonly url: string;
  readonly ok: boolean;
  /** What it showed, or what is wrong with it. */
  readonly detail: string;
}

const OPTIONS = { timeoutMs: 10_000 };

export async function askEverybody(policy: Policy): Promise<Answer[]> {
  const logs = policy.logs.flatMap(({ url }) => (url === undefined ? [] : [url]));
  const witnesses = Map.groupBy(
    policy.witnesses.filter(({ url }) => url !== undefined),
    ({ url }) => url!,
  );
  return await Promise.all([
    ...logs.map((url) => ask(url, () => askLog(url, policy))),
    ...[...witnesses].map(([url, lines]) =>
      ask(url, () =>
        askWitness(
          url,
          lines.map(({ key }) => key),
          policy.logs,
        ),
      ),
    ),
  ]);
}

/** A `Finding` is what is wrong. */
class Finding extends Error {}

async function ask(url: string, work: () => Promise<string>): Promise<Answer> {
  if (httpPrefix(url) === undefined) return { url, ok: false, detail: 'this is no URL' };
  try {
    return { url, ok: true, detail: await work() };
  } catch (error) {
    const isExpected =
      error instanceof Finding || error instanceof RemoteError || error instanceof ProtocolError;
    if (!isExpected) throw error;
    return { url, ok: false, detail: error.message.replace(/^https?:\/\/\S+: /, '') };
  }
}

async function askLog(url: string, policy: Policy): Promise<string> {
  const note = await new HttpTileSource(url, OPTIONS).checkpoint();
  const { checkpoint, quorumMet } = openWithPolicy(note, policy);
  if (!quorumMet) throw new Finding(`its checkpoint of size ${checkpoint.size} lacks the quorum`);
  return `shows size ${checkpoint.size}, with the quorum`;
}

async function askWitness(
  url: string,
  keys: readonly VerifierKey[],
  logs: readonly PolicyLog[],
): Promise<string> {
  const client = new WitnessClient(url, OPTIONS);
  const origins = [...new Set(logs.map(({ key }) => key.name))];
  for (const origin of origins) {
    const text = await client.checkpoint(origin);
    if (text === undefined) throw new Finding(`has cosigned nothing of ${origin}`);
    const signers = new Set(findCosignatures(parseNote(text), keys).map(({ key }) => key));
    const missing = keys.find((key) => !signers.has(key));
    if (missing !== undefined) {
      throw new Finding(`shows no cosignature by the key ${missing.id} that is listed`);
    }
  }
  return `cosigns ${origins.join(', ') || 'nothing, as no log is listed'}`;
}
