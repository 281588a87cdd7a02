/**
 * Where the secret half of a witness's key is: in a file, or with an ssh-agent, which this process can
 * ask for signatures and never for the key.
 */
import { z } from 'zod';
import { cosignerAlgorithmOf, isCosignerType } from '#protocol/note/algorithms.ts';
import { KEY_TYPES, parseVerifierKey, type VerifierKey } from '#protocol/note/key.ts';
import type { FilePathSchema } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { readSignerKey } from '#service/keys.ts';
import { AgentError, SshAgent } from '#service/ssh-agent.ts';
import { memorySigner, type Signer, SigningError } from '../signer.ts';

/** A path of a key file, or an agent's socket and which of its keys. */
export type KeySource = string | { readonly ssh_agent: string; readonly vkey: VerifierKey };

/** `verifierKey` is the schema of an Ed25519 cosignature key. */
export const keySourceSchema = (filePath: FilePathSchema, verifierKey: z.ZodType<VerifierKey>) =>
  z.union([filePath, z.strictObject({ ssh_agent: filePath, vkey: verifierKey })]);

/** Whether an ssh-agent can sign with keys of this kind. */
export function isAgentKey({ type }: VerifierKey): boolean {
  return type === KEY_TYPES.cosignatureEd25519;
}

/** Throws `ConfigError` for a file that does not hold a key of a witness. An agent is not asked yet. */
export function openSigner(source: KeySource): Signer {
  return typeof source === 'string'
    ? readSigner(source)
    : agentSigner(new SshAgent(source.ssh_agent), source.vkey);
}

function readSigner(path: string): Signer {
  const key = readSignerKey(path);
  const { name, type } = key.verifier;
  if (isCosignerType(type)) return memorySigner(key);
  throw new ConfigError(`The key ${name} is a log's (type ${type}), not a witness's.`);
}

/** Every signature of an agent is verified before anybody gets it. */
export function agentSigner(agent: SshAgent, verifier: VerifierKey): Signer {
  const { verify } = cosignerAlgorithmOf(verifier.type);
  const sign = async (message: Uint8Array): Promise<Uint8Array> => {
    const signature = await askFor(agent, verifier, message);
    if (verify(verifier.publicKey, message, signature)) return signature;
    const fault = `gives signatures that do not verify by ${verifier.name}+${verifier.id}`;
    throw new SigningError(`the ssh-agent at ${agent.socketPath} ${fault}`);
  };
  return { verifier, sign };
}

async function askFor(agent: SshAgent, { publicKey }: VerifierKey, message: Uint8Array) {
  try {
    return await agent.sign(publicKey, message);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    throw new SigningError(error.message, { cause: error });
  }
}

const storedSchema = z.union([
  z.string(),
  z.strictObject({ ssh_agent: z.string(), vkey: z.string().transform(parseVerifierKey) }),
]);

/** As it is kept in the database; the secret half is not in it. */
export function formatSource(source: KeySource): string {
  if (typeof source === 'string') return JSON.stringify(source);
  return JSON.stringify({ ssh_agent: source.ssh_agent, vkey: source.vkey.text });
}

export function parseSource(text: string): KeySource {
  return storedSchema.parse(JSON.parse(text));
}

/** For people. */
export function describeSource(source: KeySource): string {
  return typeof source === 'string' ? source : `ssh-agent ${source.ssh_agent}`;
}
