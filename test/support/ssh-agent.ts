/**
 * The real ssh-agent for tests, with Ed25519 keys that the tests know, and agents that lie.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { ed25519PublicKey } from '#crypto';
import { concatBytes, encodeUtf8 } from '#protocol/bytes.ts';
import type { SignerKey } from '#protocol/note/key.ts';
import { SshAgent } from '#service/ssh-agent.ts';
import { until } from './wait.ts';
import type { Cleanup } from './witness.ts';

export const HAS_SSH_AGENT =
  existsSync('/usr/bin/ssh-agent') || process.env.TECP_REQUIRE_SSH_AGENT === '1';

/** A real agent that listens in `folder`; ended by `cleanup`. Returns the path of its socket. */
export async function startSshAgent(cleanup: Cleanup, folder: string): Promise<string> {
  const socketPath = join(folder, `agent-${Math.random().toString(36).slice(2)}.sock`);
  const agent = spawn('ssh-agent', ['-D', '-a', socketPath], { stdio: 'ignore' });
  cleanup.add(async () => {
    if (agent.exitCode !== null || agent.signalCode !== null) return;
    const exited = once(agent, 'exit');
    agent.kill('SIGKILL');
    await exited;
  });
  const answers = () => new SshAgent(socketPath).identities();
  await until(() => answers().then(Boolean, () => false));
  return socketPath;
}

/** Gives the agent a key, as an operator does. */
export function sshAdd(socketPath: string, folder: string, key: SignerKey): void {
  const path = join(folder, `ssh-${key.verifier.id}`);
  writeFileSync(path, opensshPrivateKey(key.seed), { mode: 0o600 });
  execFileSync('ssh-add', ['-q', path], {
    env: { ...process.env, SSH_AUTH_SOCK: socketPath },
    stdio: 'pipe',
  });
}

/** Takes all keys away from the agent. */
export function sshRemoveAll(socketPath: string): void {
  execFileSync('ssh-add', ['-q', '-D'], {
    env: { ...process.env, SSH_AUTH_SOCK: socketPath },
    stdio: 'pipe',
  });
}

const number = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
};

const string = (value: string | Uint8Array): Uint8Array => {
  const bytes = typeof value === 'string' ? encodeUtf8(value) : value;
  return concatBytes(number(bytes.length), bytes);
};

/** An Ed25519 key as OpenSSH keeps it without a passphrase (PROTOCOL.key of OpenSSH). */
function opensshPrivateKey(seed: Uint8Array): string {
  const publicKey = ed25519PublicKey(seed);
  const blob = concatBytes(string('ssh-ed25519'), string(publicKey));
  const check = number(0x5ec2e7);
  const secret = concatBytes(
    ...[check, check, string('ssh-ed25519'), string(publicKey)],
    ...[string(concatBytes(seed, publicKey)), string('a test')],
  );
  const padding = Uint8Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1);
  const file = concatBytes(
    ...[encodeUtf8('openssh-key-v1\0'), string('none'), string('none'), string('')],
    ...[number(1), string(blob), string(concatBytes(secret, padding))],
  );
  const lines = Buffer.from(file)
    .toString('base64')
    .match(/.{1,70}/g)!;
  const [begin, end] = ['BEGIN', 'END'].map((word) => `-----${word} OPENSSH PRIVATE KEY-----`);
  return `${[begin, ...lines, end].join('\n')}\n`;
}

/** An agent that answers each request as it is told to; what it is told may be to be silent. */
export async function startLyingAgent(
  cleanup: Cleanup,
  folder: string,
  answer: (request: Buffer, socket: Socket) => Uint8Array | undefined,
): Promise<string> {
  const socketPath = join(folder, `liar-${Math.random().toString(36).slice(2)}.sock`);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (request) => {
      const bytes = answer(request, socket);
      if (bytes !== undefined) socket.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  cleanup.add(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return socketPath;
}

/** What an agent says to a request for a signature. */
export function signResponse(signature: Uint8Array, kind = 'ssh-ed25519'): Uint8Array {
  const signed = string(concatBytes(string(kind), string(signature)));
  return string(concatBytes(Uint8Array.of(14), signed));
}
