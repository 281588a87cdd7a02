/**
 * The OpenAPI 3.1 document of a log, written by hand. A test compares it with the routes that are
 * registered and with real answers, so it cannot go stale.
 */
import { BYTES_MEDIA_TYPE } from '#protocol/entry/entry-type.ts';
import type { TransparencyLog } from '../log.ts';
import { filePaths, processPaths, readPaths } from './openapi/read-paths.ts';
import { components } from './openapi/schemas.ts';
import { addPath, submitPath } from './openapi/submit-paths.ts';

const DESCRIPTION =
  'A witnessed transparency log. Entries go in over `POST /v1/log/entries`; an index that was ' +
  'answered is durable and never changes. Readers see only what a published checkpoint covers: one ' +
  'with the cosignatures that the policy asks for. Formats: C2SP tlog-checkpoint, tlog-tiles, ' +
  'tlog-cosignature, tlog-policy and tlog-proof. Errors are `application/problem+json` with a ' +
  'stable `code`. Reads may be made by pages of any site (CORS); submissions by those of configured ' +
  'origins only.';

/** `prefix` is the URL path under which the log is served, empty for the root. */
export function openApiDocument(log: Pick<TransparencyLog, 'origin' | 'types'>, prefix: string) {
  const takesBytes = log.types.some(({ mediaType }) => mediaType === BYTES_MEDIA_TYPE);
  return {
    openapi: '3.1.0',
    info: {
      title: `Transparency log ${log.origin}`,
      version: '0.1.0',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: prefix === '' ? '/' : prefix }],
    tags: [
      { name: 'submit', description: 'Putting entries in.' },
      { name: 'files', description: 'The public files of the log (C2SP tlog-tiles).' },
      { name: 'proofs', description: 'Proofs and facts as JSON.' },
      { name: 'process', description: 'State of the server process; not under the log’s prefix.' },
    ],
    paths: {
      '/v1/log/entries': submitPath(log.types),
      ...(takesBytes ? { '/add': addPath(log.types) } : {}),
      ...filePaths,
      ...readPaths(log.types),
      ...processPaths,
    },
    components: components(log.types),
  };
}
