/**
 * A client of an ssh-agent (the SSH agent protocol, draft-ietf-sshm-ssh-agent), for Ed25519 keys that
 * this process must not be able to read: which keys it holds, and a signature by one of them.
 *
 * One connection for each request, one request at a time, and a deadline that counts the wait: an
 * agent that hangs costs everybody who waits for it one timeout. Nothing it says is believed but its
 * form; whoever asks for a signature verifies it.
 */
import { createConnection, type Socket } from 'node:net';
import { concatBytes } from '#protocol/bytes.ts';
import { describeFileError, errorCode } from './errors.ts';
import { monotonicMs } from './schedule.ts';

const FAILURE = 5;
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;

const ED25519 = 'ssh-ed25519';
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** What OpenSSH takes as the longest message. */
const MAX_MESSAGE_BYTES = 256 * 1024;
/** Requests that wait for one agent. */
const MAX_WAITING = 1000;
const DEFAULT_TIMEOUT_MS = 5000;

export type AgentErrorCode =
  | 'away' // nobody listens, or the connection broke
  | 'timeout'
  | 'busy' // too many requests wait for it
  | 'refused' // it does not hold the key, is locked, or its owner said no
  | 'malformed'; // what it said is not of the protocol

export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, socketPath: string, detail: string) {
    super(`the ssh-agent at ${socketPath}: ${detail}`);
    this.code = code;
  }
}

export interface AgentIdentity {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly comment: string;
}

export class SshAgent {
  readonly socketPath: string;
  readonly #timeoutMs: number;
  /** Owned by `#exchange`: ends when everything before it has. */
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(
    socketPath: string,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: { timeoutMs?: number | undefined } = {},
  ) {
    this.socketPath = socketPath;
    this.#timeoutMs = timeoutMs;
  }

  /** The Ed25519 keys that it holds; those of other kinds are left out. Rejects with `AgentError`. */
  async identities(): Promise<AgentIdentity[]> {
    const answer = await this.#ask(Uint8Array.of(REQUEST_IDENTITIES), IDENTITIES_ANSWER);
    const count = answer.uint32();
    const found: AgentIdentity[] = [];
    for (let i = 0; i < count; i++) {
      const blob = new Reader(answer.string(), () => this.#malformed());
      const comment = new TextDecoder().decode(answer.string());
      if (blob.text() !== ED25519) continue;
      const publicKey = blob.string();
      if (publicKey.length !== PUBLIC_KEY_BYTES || !blob.isAtEnd) throw this.#malformed();
      found.push({ publicKey, comment });
    }
    if (!answer.isAtEnd) throw this.#malformed();
    return found;
  }

  /** Its signature by an Ed25519 key, 64 bytes, not verified. Rejects with `AgentError`. */
  async sign(publicKey: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
    const blob = concatBytes(string(ED25519), string(publicKey));
    const flags = new Uint8Array(4);
    const request = concatBytes(Uint8Array.of(SIGN_REQUEST), string(blob), string(message), flags);
    const answer = await this.#ask(request, SIGN_RESPONSE);
    const signed = new Reader(answer.string(), () => this.#malformed());
    const kind = signed.text();
    const signature = signed.string();
    const isWhole = answer.isAtEnd && signed.isAtEnd;
    if (kind !== ED25519 || signature.length !== SIGNATURE_BYTES || !isWhole) {
      throw this.#malformed();
    }
    return signature;
  }

  async #ask(request: Uint8Array, expected: number): Promise<Reader> {
    const message = await this.#inTurn(request);
    const answer = new Reader(message, () => this.#malformed());
    const type = answer.byte();
    if (type === FAILURE) {
      throw this.#error('refused', 'it refuses: it may be locked, or not hold the key');
    }
    if (type !== expected) throw this.#malformed();
    return answer;
  }

  #inTurn(request: Uint8Array): Promise<Uint8Array> {
    if (this.#waiting >= MAX_WAITING) {
      return Promise.reject(this.#error('busy', `${MAX_WAITING} requests wait for it already`));
    }
    const deadlineMs = monotonicMs() + this.#timeoutMs;
    this.#waiting += 1;
    const done = this.#last
      .then(() => this.#exchange(request, deadlineMs))
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Sends one message and reads the one that answers it. */
  #exchange(request: Uint8Array, deadlineMs: number): Promise<Uint8Array> {
    const timeout = () => this.#error('timeout', `no answer within ${this.#timeoutMs} ms`);
    const leftMs = deadlineMs - monotonicMs();
    if (leftMs <= 0) return Promise.reject(timeout());
    const socket = createConnection(this.socketPath);
    const timer = setTimeout(() => socket.destroy(timeout()), leftMs);
    return this.#firstMessage(socket, request).finally(() => {
      clearTimeout(timer);
      socket.destroy();
    });
  }

  #firstMessage(socket: Socket, request: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      let received = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        if (received.length < 4) return;
        const length = received.readUInt32BE(0);
        if (length === 0 || length > MAX_MESSAGE_BYTES || received.length > 4 + length) {
          reject(this.#malformed());
        } else if (received.length === 4 + length) {
          resolve(new Uint8Array(received.subarray(4)));
        }
      });
      socket.on('error', (error) => {
        if (error instanceof AgentError) reject(error);
        else reject(this.#error('away', awayReason(error)));
      });
      socket.on('close', () => reject(this.#error('away', 'it closed the connection')));
      socket.write(string(request));
    });
  }

  #malformed(): AgentError {
    return this.#error('malformed', 'its answer is not of the SSH agent protocol');
  }

  #error(code: AgentErrorCode, detail: string): AgentError {
    return new AgentError(code, this.socketPath, detail);
  }
}

function awayReason(error: unknown): string {
  return errorCode(error) === 'ECONNREFUSED' ? 'nobody listens there' : describeFileError(error);
}

/** A string of the protocol: its length in four bytes, and its bytes. */
function string(value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return concatBytes(length, bytes);
}

/** Reads what strings and numbers a message is made of; throws what `fail` makes beyond its end. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #fail: () => Error;
  #at = 0;

  constructor(bytes: Uint8Array, fail: () => Error) {
    this.#bytes = bytes;
    this.#fail = fail;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    return this.#take(1)[0]!;
  }

  uint32(): number {
    const bytes = this.#take(4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  }

  string(): Uint8Array {
    return this.#take(this.uint32());
  }

  text(): string {
    return new TextDecoder().decode(this.string());
  }

  #take(length: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length !== length) throw this.#fail();
    this.#at += length;
    return bytes;
  }
}
