/** No process is known that sequences this log, or it cannot be reached from here. It may be found in a moment. */
export class NoSequencerError extends Error {
  override readonly name = 'NoSequencerError';
}
