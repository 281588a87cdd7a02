/** As a program: grows an index for ever, and says so on its output after each batch, until it is killed. */
import { openSqliteWriter } from '#explorer/index/sqlite/writer.ts';
import { encodeBase64Url } from '#protocol/base64.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { IndexedLog, receiptOf } from '#test/support/indexed-log.ts';

export const ORIGIN = 'log.example/growing';
/** Entries that are appended, and then shown, at a time. */
export const BATCH = 100;

/** Entry `index` of the log: follows from its number alone. */
export function entryOf(index: number): Uint8Array {
  const policies = [
    index % 2 === 0 ? 'even' : '',
    index % 11 === 0 ? 'every_11th' : '',
    index % 7 === 0 ? 'every_7th' : '',
    index % 2 === 1 ? 'odd' : '',
  ].filter((policy) => policy !== '');
  return receiptOf({
    codeRef: `git:entry ${index}`,
    inputHash: hashOf(`input ${index}`),
    issuer: hashOf(`issuer ${index % 300}`),
    nonce: hashOf(`nonce ${index}`),
    outputHash: hashOf('output'),
    policies,
    timeMs: index * 1000,
  });
}

function hashOf(text: string): string {
  return encodeBase64Url(leafHash(encodeUtf8(text)));
}

async function growForEver(path: string): Promise<never> {
  const writer = openSqliteWriter(path, { types: entryTypes(['tecp-receipt']), judged: true });
  const log = new IndexedLog(ORIGIN);
  const { size, confirmed } = await writer.progress(ORIGIN);
  log.grow(Array.from({ length: size }, (_, i) => entryOf(i)));
  if (confirmed?.size !== size) await writer.confirm(ORIGIN, log.checkpoint());
  for (;;) {
    const next = log.entries.length;
    const entries = Array.from({ length: BATCH }, (_, i) => entryOf(next + i));
    await writer.append(ORIGIN, [log.grow(entries)]);
    await writer.confirm(ORIGIN, log.checkpoint());
    process.stdout.write('.');
  }
}

if (import.meta.main) await growForEver(process.argv[2]!);
