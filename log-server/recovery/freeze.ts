/**
 * Freezes a log: it takes no entry ever again, and its last tree goes on being served and cosigned when it is started.
 * It does not run meanwhile, or is one that several processes share: none of them writes while this has the lease.
 *
 * A database that has gone back could not be mended afterwards. So this asks for what `confirmation.ts` asks:
 * the log was stopped in order with exactly this tree, or a quorum of witnesses shows what it has cosigned; and
 * nobody who can be asked knows of a larger tree.
 */
import { isQuorumMet, type Policy } from '#protocol/policy/policy.ts';
import { ConfigError } from '#service/errors.ts';
import type { LogConfig } from '../config.ts';
import { highWaterPath, identityOf, readLogKey, readPolicy } from '../log-files.ts';
import { isLastStop } from '../publishing/confirmation.ts';
import { HighWaterMark } from '../store/high-water.ts';
import { openStore } from '../store/open-store.ts';
import { createTileCache, TreeReader } from '../store/tree-reader.ts';
import { checkAgree, type KnownTree } from './agreement.ts';
import { type Silent, whatWasSigned, witnessAt } from './signed-trees.ts';

export interface Frozen {
  /** Of its last tree. */
  readonly size: number;
  /** Whether it was frozen before, and nothing was done. */
  readonly before: boolean;
  /** Witnesses that could not be asked. */
  readonly silent: readonly Silent[];
}

/** Rejects with `RecoveryError`, `ConfigError`, or `StoreError`. */
export async function freezeLog(log: LogConfig): Promise<Frozen> {
  const key = readLogKey(log.key);
  const { policy } = readPolicy(log.policy, key);
  let lost: Error | undefined;
  const store = await openStore(log, identityOf(key), (error) => {
    lost = error;
  });
  try {
    const { reader, writer } = store;
    const head = await reader.treeHead();
    const { size } = head;
    if ((await reader.state()).isFrozen) return { size, before: true, silent: [] };
    const tree = new TreeReader(reader, key.verifier.name, createTileCache());
    const rootAt = (smaller: number) => tree.rootAt(smaller);
    const signed = await reader.lastSigned();
    const mark = await HighWaterMark.open(highWaterPath(log), key.verifier.text);
    const timeoutMs = log.witness_timeout_ms;
    const asked = { logKey: key.verifier, policy, mark, signed, mirrors: [], timeoutMs };
    const { trees, silent } = await whatWasSigned(asked);
    const stopped = mark.mark?.stopped;
    const byMark = stopped === undefined ? [] : [{ ...stopped, by: `the mark ${mark.path}` }];
    const known = [...trees, ...byMark];
    await checkAgree({ ...head, by: 'the database' }, known, rootAt);
    const beyond = known.find((other) => other.size > size);
    if (beyond !== undefined) throw goneBack(beyond.by, beyond.size, size);
    const isNewest = isLastStop(mark, { head, signed, rootAt }) || isShownByQuorum(policy, trees);
    if (!isNewest) throw notKnown(mark.path);
    await writer.freeze();
    return { size, before: false, silent };
  } catch (error) {
    throw lost ?? error;
  } finally {
    await store.close();
  }
}

/** Whether enough witnesses show what they cosigned last that one of them would know of more. */
function isShownByQuorum(policy: Policy, trees: readonly KnownTree[]): boolean {
  const heard = new Set(trees.map(({ by }) => by));
  const shown = policy.witnesses.filter(
    ({ url }) => url !== undefined && heard.has(witnessAt(url)),
  );
  return isQuorumMet(policy, new Set(shown.map(({ name }) => name)));
}

function notKnown(markPath: string): ConfigError {
  return new ConfigError(
    'It is not known whether the database is the newest: no quorum of witnesses shows what it has cosigned, and the ' +
      `high-water mark ${markPath} does not say that the log was stopped with this tree. Start the log, wait until ` +
      '/readyz says that it is ready, and stop it; then freeze it.',
  );
}

function goneBack(by: string, size: number, own: number): ConfigError {
  return new ConfigError(
    `By ${by} this log has had size ${size}, and the database has ${own}. Bring back what is missing with ` +
      '"tecp log recover" first: a frozen log cannot be mended.',
  );
}
