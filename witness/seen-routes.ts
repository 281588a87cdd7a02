/** What this witness saw its peers cosign, over HTTP: for one that was set back and has to find out. */
import type { MiddlewareHandler } from 'hono';
import { encodeBase64 } from '#protocol/base64.ts';
import { seenListPath } from '#protocol/witness/seen.ts';
import { readCors, type ServiceApp, type ServiceEnv } from '#service/app.ts';
import { HttpProblem } from '#service/problem.ts';
import { NOTE_CONTENT_TYPE, seenCheckpointRoute, seenListRoute } from './api.ts';
import type { WitnessState } from './state.ts';

/** `peers` are the names of the witnesses that this one looks at. */
export function addSeenRoutes(
  app: ServiceApp,
  state: WitnessState,
  peers: readonly string[],
  limited: (path: string) => MiddlewareHandler<ServiceEnv>,
): void {
  const names = new Map(peers.map((name) => [seenListPath(name), name]));
  for (const path of ['/seen/:witness', '/seen/:witness/:log']) {
    app.use(path, readCors, limited(path));
  }
  const nameOf = (hash: string): string => {
    const name = names.get(`seen/${hash}`);
    if (name !== undefined) return name;
    throw new HttpProblem(404, 'no-peer', 'No such witness is a peer of this one.');
  };
  app.openapi(seenListRoute, (c) => {
    const name = nameOf(c.req.valid('param').witness);
    const logs = state.shown.seen(name).map(({ origin, size, root, timeSeconds }) => {
      return { origin, size, root: encodeBase64(root), time: timeSeconds };
    });
    c.header('cache-control', 'no-cache');
    return c.json({ name, logs });
  });
  app.openapi(seenCheckpointRoute, (c) => {
    const { witness, log: hash } = c.req.valid('param');
    const name = nameOf(witness);
    const log = state.logs.atPath(`${hash}/checkpoint`);
    const note = log === undefined ? undefined : state.shown.largest(name, log.origin)?.note;
    if (note === undefined) {
      throw new HttpProblem(404, 'no-checkpoint', 'No checkpoint of such a log was seen.');
    }
    return c.body(note, 200, { 'content-type': NOTE_CONTENT_TYPE, 'cache-control': 'no-cache' });
  });
}
