/**
 * The log that a command talks to, and the policy to trust it by: those of a data folder unless
 * told otherwise.
 */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { urlPrefix } from '#client/http.ts';
import { LogClient, type Submitted } from '#client/log-client.ts';
import { ProtocolError } from '#protocol/errors.ts';
import type { LeafHash } from '#protocol/merkle/hash.ts';
import { cosignerNames } from '#protocol/policy/cosigner-names.ts';
import { type Policy, parsePolicy, type WitnessedCheckpoint } from '#protocol/policy/policy.ts';
import { parseTlogProof, verifyTlogProof } from '#protocol/proof/tlog-proof.ts';
import { CommandError, unusable } from './errors.ts';
import { readPolicy } from './files.ts';
import { DEFAULT_DATA, displayPath, policyPath } from './layout.ts';
import { dataOption, logOption, preferNamedData, trustOption } from './options.ts';
import { isPresent } from './presence.ts';
import { say } from './print.ts';
import { PROGRAM } from './shell.ts';

/** Longer than a log lets a submission wait for its proof. */
const REQUEST_TIMEOUT_MS = 30_000;
/** A thousand proofs with ML-DSA-44 cosignatures take about 15 MB. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

export interface LogTargetOptions {
  readonly data: string;
  readonly log?: string;
  readonly trust?: string;
}

export interface LogTarget {
  /** As it was given, with user and password, which are not to be shown. */
  readonly url: string;
  readonly client: LogClient;
  /** Whom the user trusts; absent where there is only a URL. */
  readonly policy?: Policy;
  /** The file that it is from. */
  readonly policyPath?: string;
  /** Whether the log's own policy will do where `policy` does not list it, as the user named none. */
  readonly mayAskLog: boolean;
}

export interface CheckedProof {
  readonly text: string;
  readonly index: number;
  readonly opened: WitnessedCheckpoint;
  /** Who cosigned, as people are told. */
  readonly cosigners: readonly string[];
  /** False when only the log's own policy could be applied. */
  readonly isTrusted: boolean;
}

/** The options that name a log and whom to trust. */
export function addLogOptions(command: Command, trustFlags?: string): Command {
  const trust = 'policy file: whom to trust (default: that of the data folder)';
  return preferNamedData(command)
    .addOption(dataOption('data folder of the network to use'))
    .addOption(logOption('log to use (default: the one of the policy file)'))
    .addOption(trustOption(trust, trustFlags));
}

/** The flags that name the same log and trust to another command. */
export function logFlags({ data, log, trust }: LogTargetOptions): string[] {
  return [
    ...(data === DEFAULT_DATA ? [] : ['--data', data]),
    ...(log === undefined ? [] : ['--log', log]),
    ...(trust === undefined ? [] : ['--policy', trust]),
  ];
}

/** Opens nothing yet. `signal` ends every request early. */
export async function openLogTarget(
  options: LogTargetOptions,
  signal?: AbortSignal,
): Promise<LogTarget> {
  const data = resolve(options.data);
  const path = options.trust ?? displayPath(policyPath(data));
  const isThere = options.trust !== undefined || isPresent(path);
  const policy = isThere ? await readPolicy(path) : undefined;
  const mayAskLog = options.log !== undefined && options.trust === undefined;
  const url = options.log ?? policy?.logs.find((log) => log.url !== undefined)?.url;
  if (url === undefined) {
    throw unusable(
      policy === undefined
        ? `There is no network in ${displayPath(data)}; start one with "${PROGRAM} up", or name a log with --log.`
        : `${path} names no log with a URL; name one with --log.`,
    );
  }
  const client = new LogClient(checkUrl(url), {
    timeoutMs: REQUEST_TIMEOUT_MS,
    maxBytes: MAX_ANSWER_BYTES,
    ...(signal === undefined ? {} : { signal }),
  });
  const target = { url, client, mayAskLog };
  return policy === undefined ? target : { ...target, policy, policyPath: path };
}

export function checkUrl(url: string): string {
  try {
    return urlPrefix(url);
  } catch {
    throw unusable(`"${url}" is not an http or https URL, such as http://127.0.0.1:8400.`);
  }
}

/**
 * Verifies a proof of an entry, quorum included: by the user's policy when it lists the log or no other
 * log was asked for, else by what the log says of itself. Throws `CommandError`.
 */
export async function checkProof(
  { client, policy, mayAskLog }: LogTarget,
  text: string,
  leafHash: LeafHash,
): Promise<CheckedProof> {
  const proof = asFinding(() => parseTlogProof(text));
  const verify = (by: Policy, isTrusted: boolean): CheckedProof => {
    const opened = asFinding(() => verifyTlogProof(proof, leafHash, by));
    const names = opened.cosignatures.map(({ witness }) => witness);
    const cosigners = cosignerNames(by, names);
    if (!opened.quorumMet) {
      const who = cosigners.join(', ') || 'nobody';
      throw new CommandError(`The log's proof lacks a quorum: it is cosigned by ${who}.`);
    }
    return { text, index: proof.index, opened, cosigners, isTrusted };
  };
  if (policy === undefined || (mayAskLog && !listsLogOf(policy, proof.checkpoint))) {
    const published = await client.policy();
    return verify(
      asFinding(() => parsePolicy(published)),
      false,
    );
  }
  return verify(policy, true);
}

function listsLogOf(policy: Policy, checkpoint: string): boolean {
  const origin = checkpoint.slice(0, checkpoint.indexOf('\n'));
  return policy.logs.some(({ key }) => key.name === origin);
}

function asFinding<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new CommandError(`The log's proof does not verify: ${error.message}.`);
  }
}

/** What the log wants a submitter to know of an entry that it took. */
export function sayWarnings({ warnings = [] }: Submitted): void {
  if (warnings.length === 0) return;
  const texts = warnings.map(({ code, message }) => `${message} (${code})`);
  say(`warning: ${texts.join('; ')}`);
}
