/** `GET /v1/log/shards`: the operator's list of his logs, as he signed it. Who asks for it has his key from elsewhere. */
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { MAX_NOTE_BYTES, parseNote } from '#protocol/note/note.ts';
import { parseShardList } from '#protocol/shards/shard-list.ts';
import { readBoundedFile } from '#service/bounded-file.ts';
import { ConfigError } from '#service/errors.ts';
import type { DescribedRoutes } from '#service/openapi.ts';
import { shardsRoute } from './openapi/reads.ts';

export const SHARDS_PATH = '/v1/log/shards';

/** The note in a file. Throws `ConfigError` for what is no signed list; whose signature it has is not looked at. */
export function readShardList(path: string): string {
  const bytes = readBoundedFile(path, 'the list of shards', MAX_NOTE_BYTES);
  try {
    const note = decodeUtf8(bytes);
    parseShardList(parseNote(note).text);
    return note;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ConfigError(`${path} is no signed list of shards: ${error.message}.`);
  }
}

export function addShardListRoute(routes: DescribedRoutes, note: string): void {
  routes.openapi(shardsRoute, (c) => {
    c.header('cache-control', 'public, max-age=60');
    return c.text(note);
  });
}
