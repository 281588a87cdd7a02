/**
 * Streams of bytes, part by part, also where a `ReadableStream` cannot be iterated, as in Safari. Whoever stops
 * early cancels the stream.
 */
export async function* partsOf(
  source: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  if (!('getReader' in source)) {
    yield* source;
    return;
  }
  const reader = source.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Does nothing to a stream that has ended. Nobody waits for a source that is slow to stop.
    reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}
