/** The parts of a log that several processes share: when a lease is free, what is known, and messages on a connection. */
import { duplexPair } from 'node:stream';
import { serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { type Known, setback, withGreater } from '#log-server/sharing/known.ts';
import { BEAT_MS, LeasePatience, PATIENCE_MS } from '#log-server/sharing/lease-patience.ts';
import { MessageSocket } from '#log-server/sharing/message-socket.ts';
import type { Lease } from '#log-server/store/store.ts';
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import { until } from '#test/support/wait.ts';

describe('a lease', () => {
  const lease: Lease = { fencing: 3, beats: 7, holder: 'somebody', isAbandoned: false };

  it('is free at once when the session of its holder has ended', () => {
    expect(new LeasePatience().isFree({ ...lease, isAbandoned: true }, 0)).toBe(true);
  });

  it('is free when no beat has been seen for a while, by the clock of who looks', () => {
    const patience = new LeasePatience();
    expect(patience.isFree(lease, 1000)).toBe(false);
    expect(patience.isFree(lease, 1000 + PATIENCE_MS - 1)).toBe(false);
    expect(patience.isFree(lease, 1000 + PATIENCE_MS)).toBe(true);
  });

  it('is not free as long as its holder beats, or when another has just taken it', () => {
    const patience = new LeasePatience();
    for (let beats = 0; beats < 20; beats++) {
      expect(patience.isFree({ ...lease, beats }, beats * BEAT_MS)).toBe(false);
    }
    const taken = { ...lease, fencing: 4, beats: 19 };
    expect(patience.isFree(taken, 20 * BEAT_MS + PATIENCE_MS)).toBe(false);
  });

  it('is not free to one that has not looked for long, before it has seen that nothing comes', () => {
    const patience = new LeasePatience();
    patience.isFree(lease, 0);
    expect(patience.isFree({ ...lease, beats: 8 }, 60_000)).toBe(false);
  });
});

describe('what is known of a log', () => {
  const checkpoint = (size: number, note = `note ${size}`) => ({ size, root: EMPTY_ROOT, note });
  const known: Known = {
    head: { size: 9, root: EMPTY_ROOT },
    published: checkpoint(7),
    signedSize: 8,
    newestAnchorSize: 5,
    isFrozen: false,
  };

  it('never goes back, in whichever order it is read', () => {
    const older: Known = {
      head: { size: 6, root: EMPTY_ROOT },
      published: checkpoint(6),
      signedSize: 6,
      newestAnchorSize: 6,
      isFrozen: false,
    };
    expect(withGreater(known, older)).toEqual({ ...known, newestAnchorSize: 6 });
    expect(withGreater(known, { ...older, published: undefined }).published).toBe(known.published);
    const again = checkpoint(7, 'cosigned again');
    expect(withGreater(known, { ...known, published: again }).published).toBe(again);
    const frozen = withGreater(known, { ...known, isFrozen: true });
    expect(withGreater(frozen, known).isFrozen).toBe(true);
  });

  it('shows when the store has lost entries, or what was signed', () => {
    const { head } = known;
    expect(setback(known, { head, signedSize: 8 })).toBeUndefined();
    expect(setback(known, { head: { ...head, size: 10 }, signedSize: 9 })).toBeUndefined();
    expect(setback(known, { head: { ...head, size: 8 }, signedSize: 8 })).toMatch(/gone back/);
    expect(setback(known, { head, signedSize: 7 })).toMatch(/gone back/);
    expect(setback(known, { head, signedSize: undefined })).toMatch(/gone back/);
  });
});

describe('messages on a connection', () => {
  /** Two ends, and what has arrived at the second on the line `a`. */
  function connected() {
    const [left, right] = duplexPair();
    const received: unknown[] = [];
    const socket = new MessageSocket(right);
    socket.line<unknown>('a').on('message', (message) => received.push(message));
    right.on('error', () => undefined);
    return { left, right, received };
  }
  const framed = (message: unknown): Buffer => {
    const bytes = serialize(message);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };

  it('arrive whole and in order, however they are cut', async () => {
    const { left, received } = connected();
    const messages = [1, 'two', { three: new Uint8Array([3]) }, [4, undefined]];
    const bytes = Buffer.concat(messages.map((message) => framed(['a', message])));
    for (const byte of bytes) left.write(Buffer.of(byte));
    left.write(bytes);
    await until(() => received.length === 2 * messages.length);
    expect(received).toEqual([...messages, ...messages]);
  });

  it('arrive on their line, and nowhere else', async () => {
    const { left, received } = connected();
    const sender = new MessageSocket(left);
    sender.line('b').postMessage('not for a');
    sender.line('a').postMessage('for a');
    await until(() => received.length > 0);
    expect(received).toEqual(['for a']);
  });

  it.each([
    ['is no message', Buffer.from([0, 0, 0, 3, 1, 2, 3])],
    ['is a message of no line', framed(7)],
    ['is longer than any message', Buffer.from([0xff, 0xff, 0xff, 0xff])],
  ])('end with the connection where one %s', async (_, bytes) => {
    const { left, right, received } = connected();
    left.write(bytes);
    await until(() => right.destroyed);
    expect(received).toEqual([]);
  });
});
