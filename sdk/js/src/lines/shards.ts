/** `shards` (docs/spec/verifier.md, section 6). */
import { encodeBase64 } from '#protocol/base64.ts';
import type { JsonObject } from '#protocol/json/canonical.ts';
import { type Shard, shardToWrite } from '#protocol/shards/shard-list.ts';
import { parseVerifierKey } from '../notes.ts';
import { openShardList, parseShardList } from '../shards.ts';
import { asBytes, asCount, asText, orRefuse, type Request } from './request.ts';
import { readOption } from './verdict.ts';

export function answerShards(request: Request): JsonObject {
  const note = asBytes(request.note);
  const key = asText(request.key);
  const nowMs = asCount(request.now);
  const before =
    request.before === undefined
      ? undefined
      : readOption('before', request.before, (value) => parseShardList(asBytes(value)));
  const list = orRefuse(() =>
    openShardList(note, parseVerifierKey(key), { nowMs, ...(before && { before }) }),
  );
  const { version, issued, expires, shards } = list;
  const write = shardToWrite(list);
  return {
    version,
    issued,
    expires,
    shards: shards.map(shardAnswer),
    ...(write && { write: write.key.text }),
  };
}

function shardAnswer({ key, url, began, final }: Shard): JsonObject {
  const end = final && { size: final.size, root: encodeBase64(final.root) };
  return { key: key.text, url, began, ...(end && { final: end }) };
}
