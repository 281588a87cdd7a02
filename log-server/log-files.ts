/**
 * What a log is made of, as its configuration names it: key, policy, store and high-water mark,
 * opened and checked against one another.
 */
import { isCosignerType } from '#protocol/note/algorithms.ts';
import type { SignerKey } from '#protocol/note/key.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { ConfigError } from '#service/errors.ts';
import { readSignerKey } from '#service/keys.ts';
import type { Logger } from '#service/logging.ts';
import { type PolicyFile, readPolicyFile } from '#service/policy-file.ts';
import { openPublicFiles } from '#service/public-files/open-public-files.ts';
import type { LogConfig } from './config.ts';
import { Confirmation, type SeenState } from './publishing/confirmation.ts';
import { FilesPublication } from './publishing/files-publication.ts';
import {
  type ChoosePublication,
  StoreTiles,
  type TilePublication,
} from './publishing/tile-publication.ts';
import { HighWaterMark } from './store/high-water.ts';
import { locateStore, openStore } from './store/open-store.ts';
import type {
  LogIdentity,
  LogReader,
  LogStore,
  OnLost,
  SignedHead,
  TreeHead,
} from './store/store.ts';
import { type TileCache, TreeReader } from './store/tree-reader.ts';

export interface LogFiles {
  readonly key: SignerKey;
  readonly policy: Policy;
  /** The policy file, verbatim. */
  readonly policyText: string;
  readonly store: LogStore;
  /** Where readers get tiles and bundles. */
  readonly publication: TilePublication;
  readonly tree: TreeReader;
  readonly mark: HighWaterMark;
  readonly confirmation: Confirmation;
  /** What the store held when it was opened. */
  readonly state: {
    readonly head: TreeHead;
    readonly signed: SignedHead | undefined;
    readonly published: string | undefined;
    readonly newestAnchorSize: number;
    readonly isFrozen: boolean;
  };
}

/** A store that this process has only for a time, and others before it and after it. */
export interface Lent {
  /** As `StoreLocation.open`. */
  readonly open: (identity: LogIdentity, onLost: OnLost) => Promise<LogStore>;
  readonly seen: SeenState;
}

export interface OpeningOptions {
  readonly tiles: TileCache;
  readonly publicationOf?: ChoosePublication;
  readonly trustDatabase: boolean;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
  readonly lent?: Lent;
}

/** Rejects with `ConfigError` for files that cannot be used. */
export async function openLogFiles(
  config: LogConfig,
  { tiles, publicationOf, trustDatabase: isTrusted, logger, onFatal, lent }: OpeningOptions,
): Promise<LogFiles> {
  const key = readLogKey(config.key);
  const { policy, text: policyText } = readPolicy(config.policy, key);
  const open = lent?.open ?? ((...whose) => openStore(config, ...whose));
  const store = await open(identityOf(key), onFatal);
  let publication: TilePublication | undefined;
  try {
    const { reader, caution } = store;
    const { name } = key.verifier;
    if (caution !== undefined) logger.warn({ origin: name }, caution);
    const tree = new TreeReader(reader, name, tiles);
    publication = publicationOf?.(reader, name) ?? openPublication(config, key, reader, tree);
    const state = {
      head: await reader.treeHead(),
      signed: await reader.lastSigned(),
      published: await reader.published(),
      newestAnchorSize: await reader.newestAnchorSize(),
      isFrozen: (await reader.state()).isFrozen,
    };
    const openMark = isTrusted ? HighWaterMark.replacing : HighWaterMark.open;
    const mark = await openMark(highWaterPath(config), key.verifier.text);
    const stored = { ...state, rootAt: (size: number) => tree.rootAt(size) };
    const seen = lent && { seen: lent.seen };
    const judging = { mark, stored, policy, isTrusted, ...seen, logger };
    const confirmation = await Confirmation.begin(judging);
    return { key, policy, policyText, store, publication, tree, mark, confirmation, state };
  } catch (error) {
    publication?.close();
    await store.close();
    throw error;
  }
}

/** In the store, and where the configuration says, too. */
function openPublication(
  { tiles: place }: Pick<LogConfig, 'tiles'>,
  { verifier }: SignerKey,
  store: LogReader,
  tree: TreeReader,
): TilePublication {
  if (place === undefined) return new StoreTiles(store);
  const files = openPublicFiles(place);
  return new FilesPublication({ files, store, key: verifier, rootAt: (size) => tree.rootAt(size) });
}

export function readLogKey(path: string): SignerKey {
  const key = readSignerKey(path);
  if (isCosignerType(key.verifier.type)) {
    throw new ConfigError(`${path} is not a log key; make one with "tecp keygen --type log".`);
  }
  return key;
}

/** To whom the store of a log belongs. */
export function identityOf({ verifier }: SignerKey): LogIdentity {
  return { origin: verifier.name, verifierKey: verifier.text };
}

/** Throws `ConfigError` where neither the configuration nor the store says. */
export function highWaterPath(config: Pick<LogConfig, 'database' | 'high_water_mark'>): string {
  return config.high_water_mark ?? locateStore(config).defaultMarkPath();
}

export function readPolicy(path: string, key: SignerKey): PolicyFile {
  const file = readPolicyFile(path);
  if (file.policy.logs.some((log) => log.key.text === key.verifier.text)) return file;
  throw new ConfigError(`${path} does not list this log; add the line "log ${key.verifier.text}".`);
}
