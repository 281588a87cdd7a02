/** The way of entries from a front end of one process to the sequencer of another, over the network. */
import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { QueueFullError } from '#log-server/sequencing/batcher.ts';
import type { LogStanding, SequencerLink } from '#log-server/sequencing/sequencer-link.ts';
import { Door, type DoorOptions, type OpenDoor } from '#log-server/sharing/door.ts';
import {
  formatHolder,
  type Holder,
  identityOfKey,
  parseHolder,
  TLS_OPTIONS,
} from '#log-server/sharing/holder.ts';
import { RemoteLink } from '#log-server/sharing/remote-link.ts';
import { StoreError } from '#log-server/store/store.ts';
import { EMPTY_ROOT, leafHash } from '#protocol/merkle/hash.ts';
import { sleep } from '#service/schedule.ts';
import { silent } from '#test/support/log.ts';
import { until } from '#test/support/wait.ts';
import { capturedLogger } from '#test/support/witness.ts';
import { newEntries } from './batches.ts';

const closing: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A sequencer whose standing and answers a test chooses. */
class TestSequencer implements SequencerLink {
  standing: LogStanding = {
    published: undefined,
    signedSize: 0,
    newestAnchorSize: 0,
    isFrozen: false,
    refusal: undefined,
    trouble: undefined,
  };
  size = 0;
  answer: () => Promise<void> = async () => undefined;
  #tell: () => void = () => undefined;

  catchUp() {
    return undefined;
  }
  onChange(listener: () => void) {
    this.#tell = listener;
  }
  change(standing: Partial<LogStanding>) {
    this.standing = { ...this.standing, ...standing };
    this.#tell();
  }
  async sequence(entries: readonly unknown[]) {
    await this.answer();
    return entries.map(() => ({ index: this.size++, duplicate: false }));
  }
}

async function openDoor(
  options: Partial<DoorOptions> = {},
): Promise<{ opened: OpenDoor; holder: Holder; log: TestSequencer }> {
  const door = await Door.listen({
    host: '127.0.0.1',
    port: 0,
    announce: undefined,
    logger: silent,
    ...options,
  });
  closing.push(() => door.close());
  const opened = door.open();
  closing.push(() => opened.close());
  const log = new TestSequencer();
  return { opened, holder: parseHolder(opened.holder)!, log };
}

async function connected(
  onChange: () => void = () => undefined,
  options: Partial<DoorOptions> = {},
) {
  const { opened, holder, log } = await openDoor(options);
  opened.serve(log);
  const link = await RemoteLink.connect(holder, onChange);
  closing.push(() => link.close());
  return { opened, holder, log, link };
}

/**
 * The port of a way to another one, on which the last byte of the client's second flight, after which TLS 1.2 is agreed
 * on, comes after `before` was called.
 */
async function holdingBack(port: number, before: () => void): Promise<number> {
  const server = createServer((client) => {
    const further = connectTcp(port, '127.0.0.1');
    for (const socket of [client, further]) socket.on('error', () => undefined);
    further.pipe(client);
    let flights = 0;
    client.on('data', async (chunk: Buffer) => {
      if (++flights !== 2) return further.write(chunk);
      further.write(chunk.subarray(0, -1));
      // Until the door has seen whom it is for: if it has not by then, it is closed to it, too.
      await sleep(100);
      before();
      return further.write(chunk.subarray(-1));
    });
    client.on('close', () => further.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('a front end of another process', () => {
  it('hands over entries, and gets their indices in their order', async () => {
    const { link } = await connected();
    const batches = [newEntries(0, 3), newEntries(3, 4), newEntries(4, 9)];
    const results = await Promise.all(batches.map((entries) => link.sequence(entries)));
    expect(results.flat().map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('brings over a batch of many megabytes', async () => {
    const { link } = await connected();
    const bytes = new Uint8Array(65_000).fill(7);
    const entries = Array.from({ length: 300 }, () => ({ bytes, leafHash: leafHash(bytes) }));
    expect(await link.sequence(entries)).toHaveLength(300);
  });

  it('hears how the log stands, before it is let in and at each change', async () => {
    let changes = 0;
    const { link, log } = await connected(() => changes++);
    expect(link.standing).toEqual(log.standing);
    const published = { size: 4, root: EMPTY_ROOT, note: 'note' };
    const refusal = new StoreError('full', 'no room');
    log.change({ published, signedSize: 5, refusal, trouble: 'no room' });
    await until(() => link.standing.signedSize === 5);
    expect(link.standing).toMatchObject({ published, trouble: 'no room' });
    expect(link.standing.refusal).toMatchObject({ name: 'StoreError', kind: 'full' });
    expect(changes).toBeGreaterThan(0);
  });

  it('is told why entries are not taken by the error that the sequencer has', async () => {
    const { link, log } = await connected();
    log.answer = () => Promise.reject(new QueueFullError('9 entries are waiting'));
    await expect(link.sequence(newEntries(0, 1))).rejects.toBeInstanceOf(QueueFullError);
    log.answer = async () => undefined;
    expect(await link.sequence(newEntries(0, 1))).toEqual([{ index: 0, duplicate: false }]);
  });

  it('puts nothing into the log under a hash that is not that of its bytes', async () => {
    const { link, log } = await connected();
    const [one, other] = newEntries(0, 2);
    const wrong = { bytes: one!.bytes, leafHash: other!.leafHash };
    await expect(link.sequence([one!, wrong])).rejects.toThrow('the hash of another one');
    expect(log.size).toBe(0);
    expect(await link.sequence([one!, other!])).toHaveLength(2);
  });

  it('does not know what has become of its entries when the sequencer goes away', async () => {
    let changes = 0;
    const { link, log, opened } = await connected(() => changes++);
    log.answer = () => new Promise(() => undefined);
    const waiting = link.sequence(newEntries(0, 1));
    await Promise.all([
      expect(waiting).rejects.toMatchObject({ name: 'StoreError', kind: 'failed' }),
      opened.close(),
    ]);
    await until(() => !link.isOpen && changes > 0);
    await expect(link.sequence(newEntries(0, 1))).rejects.toBeInstanceOf(StoreError);
  });
});

describe('the door', () => {
  it('lets nobody in before a log is served there, nor after', async () => {
    const { opened, holder, log } = await openDoor();
    await expect(RemoteLink.connect(holder, () => undefined)).rejects.toThrow();
    opened.serve(log);
    const link = await RemoteLink.connect(holder, () => undefined);
    closing.push(() => link.close());
    opened.close();
    await expect(RemoteLink.connect(holder, () => undefined)).rejects.toThrow();
  });

  it('lets nobody in who was shaking hands when it was closed', async () => {
    const { opened, holder, log } = await openDoor();
    opened.serve(log);
    const way = await holdingBack(holder.port, () => opened.close());
    await expect(RemoteLink.connect({ ...holder, port: way }, () => undefined)).rejects.toThrow();
  });

  it('lets nobody in without the key of this lease', async () => {
    const { holder } = await connected();
    const key = new Uint8Array(32).fill(1);
    await expect(RemoteLink.connect({ ...holder, key }, () => undefined)).rejects.toThrow();
    const options = {
      ...TLS_OPTIONS,
      host: '127.0.0.1',
      port: holder.port,
      pskCallback: () => ({ psk: key, identity: identityOfKey(holder.key) }),
      checkServerIdentity: () => undefined,
    };
    const socket = connectTls(options);
    const ended = new Promise<unknown>((resolve) => {
      socket.on('secureConnect', () => resolve('let in'));
      socket.on('error', resolve);
    });
    expect(await ended).toBeInstanceOf(Error);
  });

  it('ends a connection that brings something else, and serves the others', async () => {
    const { holder, link } = await connected();
    for (const garbage of ['GET / HTTP/1.1\r\n\r\n', '\xff'.repeat(4096)]) {
      const socket = connectTcp(holder.port, '127.0.0.1');
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.on('error', () => undefined).resume();
      socket.write(garbage);
      await closed;
    }
    expect(await link.sequence(newEntries(0, 1))).toHaveLength(1);
  });

  it('lets front ends in, and keeps them, however many strangers connect and say nothing; and says so once', async () => {
    const { logger, lines } = capturedLogger();
    const limits = { total: 3, waitingOfAddress: 2 };
    const { holder, link } = await connected(undefined, { logger, limits });
    const strangers = Array.from({ length: 5 }, () => connectTcp(holder.port, '127.0.0.1'));
    const isGone = (socket: Socket) => socket.destroyed;
    for (const socket of strangers) socket.on('error', () => undefined).resume();
    await until(() => strangers.filter(isGone).length === 3);
    const other = await RemoteLink.connect(holder, () => undefined);
    closing.push(() => other.close());
    await until(() => strangers.filter(isGone).length === 4);
    for (const kept of [link, other]) expect(await kept.sequence(newEntries(0, 1))).toHaveLength(1);
    const warnings = lines.filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([{ remote: '127.0.0.1' }]);
    for (const socket of strangers) socket.destroy();
  });

  it('tries the addresses of a holder at once, and waits for none where nobody answers', async () => {
    const { holder } = await connected();
    let isGivenUp = false;
    const nobody = createServer((socket) => {
      socket.resume().on('error', () => undefined);
      socket.on('close', () => {
        isGivenUp = true;
      });
    });
    nobody.listen(holder.port, '127.0.0.2');
    await once(nobody, 'listening');
    closing.push(() => void nobody.close());
    const addresses = ['127.0.0.2', '127.0.0.3', '127.0.0.1'];
    const link = await RemoteLink.connect({ ...holder, addresses }, () => undefined);
    closing.push(() => link.close());
    expect([link.isOpen, isGivenUp]).toEqual([true, false]);
    await until(() => isGivenUp);
  });
});

describe('what a holder says of itself', () => {
  const holder: Holder = { addresses: ['10.0.0.7'], port: 8450, key: new Uint8Array(32).fill(9) };

  it('is read as it was written', () => {
    expect(parseHolder(formatHolder(holder))).toEqual(holder);
  });

  it.each([
    '',
    'null',
    '[]',
    '{"addresses":[],"port":1,"key":""}',
    formatHolder({ ...holder, port: 0 }),
    formatHolder({ ...holder, key: new Uint8Array(31) }),
    formatHolder({ ...holder, addresses: Array.from({ length: 9 }, () => '::1') }),
  ])('is nothing where it is none of ours: %s', (text) => {
    expect(parseHolder(text)).toBeUndefined();
  });
});
