/** The OpenAPI 3.1 document of a log. A test compares it with the routes that are really there. */
import type { TransparencyLog } from '../log.ts';

export function openApiDocument(log: TransparencyLog) {
  return { openapi: '3.1.0', info: { title: log.origin, version: '0.1.0' }, paths: {} };
}
