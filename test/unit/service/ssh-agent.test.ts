/**
 * The client of an ssh-agent: against the real one, and against agents that hang, break off or talk
 * nonsense.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { verifyEd25519 } from '#crypto';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { SshAgent } from '#service/ssh-agent.ts';
import { newKey } from '#test/support/keys.ts';
import {
  HAS_SSH_AGENT,
  signResponse,
  sshAdd,
  sshRemoveAll,
  startLyingAgent,
  startSshAgent,
} from '#test/support/ssh-agent.ts';
import { Cleanup } from '#test/support/witness.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

const key = newKey('witness.example/one', KEY_TYPES.cosignatureEd25519);
const { publicKey } = key.verifier;
const message = encodeUtf8('cosignature/v1\ntime 1\n');

describe.skipIf(!HAS_SSH_AGENT)('a real ssh-agent', () => {
  it('tells of its Ed25519 keys, and signs by the one that is asked for', async () => {
    const folder = cleanup.folder();
    const socket = await startSshAgent(cleanup, folder);
    const agent = new SshAgent(socket);
    expect(await agent.identities()).toEqual([]);
    const other = newKey('b', KEY_TYPES.cosignatureEd25519);
    for (const each of [key, other]) sshAdd(socket, folder, each);
    expect(await agent.identities()).toEqual(
      [key, other].map(({ verifier }) => ({ publicKey: verifier.publicKey, comment: 'a test' })),
    );
    const signatures = await Promise.all(
      [key, other, key].map(({ verifier }) => agent.sign(verifier.publicKey, message)),
    );
    expect(verifyEd25519(publicKey, message, signatures[0]!)).toBe(true);
    expect(verifyEd25519(other.verifier.publicKey, message, signatures[1]!)).toBe(true);
    expect(signatures[2]).toEqual(signatures[0]);
    const long = new Uint8Array(100_000).fill(7);
    expect(verifyEd25519(publicKey, long, await agent.sign(publicKey, long))).toBe(true);
  });

  it('that does not hold the key refuses', async () => {
    const folder = cleanup.folder();
    const socket = await startSshAgent(cleanup, folder);
    sshAdd(socket, folder, key);
    sshRemoveAll(socket);
    await expect(new SshAgent(socket).sign(publicKey, message)).rejects.toMatchObject({
      code: 'refused',
    });
  });
});

describe('an agent', () => {
  const word = (value: number) => Uint8Array.of(0, 0, 0, value);
  const wrong: [string, () => Uint8Array][] = [
    ['an empty message', () => word(0)],
    ['a message beyond 256 KiB', () => Uint8Array.of(0, 4, 0, 1, 14)],
    ['more than its message', () => Uint8Array.of(0, 0, 0, 1, 14, 14)],
    ['a message of another type', () => Uint8Array.of(0, 0, 0, 1, 12)],
    ['nothing behind the type', () => Uint8Array.of(0, 0, 0, 1, 14)],
    ['a length beyond the end', () => Uint8Array.of(0, 0, 0, 5, 14, 0, 0, 1, 0)],
    ['another kind of signature', () => signResponse(new Uint8Array(64), 'ssh-rsa')],
    ['a short signature', () => signResponse(new Uint8Array(63))],
    ['a long signature', () => signResponse(new Uint8Array(65))],
  ];

  it.each(wrong)('that answers with %s is malformed', async (_, answer) => {
    const socket = await startLyingAgent(cleanup, cleanup.folder(), answer);
    const agent = new SshAgent(socket);
    await expect(agent.sign(publicKey, message)).rejects.toMatchObject({ code: 'malformed' });
  });

  it('that says it holds millions of keys is malformed, at once', async () => {
    const many = Uint8Array.of(0, 0, 0, 5, 12, 255, 255, 255, 255);
    const socket = await startLyingAgent(cleanup, cleanup.folder(), () => many);
    await expect(new SshAgent(socket).identities()).rejects.toMatchObject({ code: 'malformed' });
  });

  it('that is not there, or hangs up, is away', async () => {
    const folder = cleanup.folder();
    const away = { code: 'away' };
    await expect(new SshAgent(`${folder}/none`).identities()).rejects.toMatchObject(away);
    const socket = await startLyingAgent(cleanup, folder, (_, connection) => {
      connection.end(Uint8Array.of(0, 0));
      return undefined;
    });
    await expect(new SshAgent(socket).identities()).rejects.toMatchObject(away);
  });

  it('that hangs costs one timeout, whoever waits for it', async () => {
    let isSilent = true;
    const socket = await startLyingAgent(cleanup, cleanup.folder(), () =>
      isSilent ? undefined : signResponse(new Uint8Array(64)),
    );
    const agent = new SshAgent(socket, { timeoutMs: 2000 });
    const asked = Array.from({ length: 50 }, () => agent.sign(publicKey, message));
    const results = await Promise.allSettled(asked);
    expect(results.map((result) => result.status === 'rejected' && result.reason.code)).toEqual(
      Array.from({ length: 50 }, () => 'timeout'),
    );
    isSilent = false;
    expect(await agent.sign(publicKey, message)).toHaveLength(64);
  });

  it('has a limited queue', async () => {
    const socket = await startLyingAgent(cleanup, cleanup.folder(), () => undefined);
    const agent = new SshAgent(socket, { timeoutMs: 300 });
    const asked = Array.from({ length: 1001 }, () => agent.sign(publicKey, message));
    const results = await Promise.allSettled(asked);
    expect(results.at(-1)).toMatchObject({ reason: { code: 'busy' } });
  });
});
