/** A writer that several logs share: what they ask of it at the same time is done one after the other. */
import type { IndexWriter } from '../index/search-index.ts';

export function oneAtATime(writer: IndexWriter): IndexWriter {
  /** Owned here: the end of what was asked last. */
  let last: Promise<unknown> = Promise.resolve();
  const after = <T>(call: () => Promise<T>): Promise<T> => {
    const result = last.then(call);
    last = result.catch(() => undefined);
    return result;
  };
  return {
    progress: (origin) => after(() => writer.progress(origin)),
    begin: (origin, checkpoint) => after(() => writer.begin(origin, checkpoint)),
    append: (origin, verified) => after(() => writer.append(origin, verified)),
    confirm: (origin, checkpoint) => after(() => writer.confirm(origin, checkpoint)),
    tile: (...tile) => after(() => writer.tile(...tile)),
    freeze: (origin, evidence) => after(() => writer.freeze(origin, evidence)),
    close: () => after(() => writer.close()),
  };
}
