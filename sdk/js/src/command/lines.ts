/**
 * `--lines` (docs/spec/verifier.md, section 2): requests from one stream, answers to another, in their order.
 *
 * All requests that have arrived are answered, and the answers written out, before more are waited for.
 */
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { concatBytes, decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { answerLine } from '../lines/answer.ts';
import { Unusable } from './unusable.ts';

/** Most bytes of a request, its newline not counted. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Ends with `requests`. Throws `Unusable` for a line that is too long. */
export async function answerLines(requests: Readable, answers: Writable): Promise<void> {
  const lines = new LineBuffer();
  for await (const chunk of requests) {
    const text = lines.take(chunk).map(answerBytes).join('');
    if (text !== '' && !answers.write(text)) await once(answers, 'drain');
    lines.checkLength();
  }
  answers.write(lines.rest().map(answerBytes).join(''));
}

function answerBytes(line: Uint8Array): string {
  return `${answerLine(textOf(line))}\n`;
}

/** What is no text is no request either. */
function textOf(line: Uint8Array): string {
  try {
    return decodeUtf8(line);
  } catch (error) {
    if (error instanceof ProtocolError) return '';
    throw error;
  }
}

/** Owns the bytes of a line that has not ended yet; lives for one stream. */
class LineBuffer {
  #parts: Uint8Array[] = [];
  #length = 0;

  /** The lines that end in this chunk, without their newlines. */
  take(chunk: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      this.#add(chunk.subarray(start, end < 0 ? undefined : end));
      if (end < 0 || this.#length > MAX_LINE_BYTES) return lines;
      lines.push(this.#end());
      start = end + 1;
    }
  }

  /** The line without a newline that a stream may end with. */
  rest(): Uint8Array[] {
    return this.#length === 0 ? [] : [this.#end()];
  }

  /** Throws `Unusable` once the line is too long. */
  checkLength(): void {
    if (this.#length <= MAX_LINE_BYTES) return;
    throw new Unusable(`expected lines of at most ${MAX_LINE_BYTES} bytes`);
  }

  #add(part: Uint8Array): void {
    this.#parts.push(part);
    this.#length += part.length;
  }

  #end(): Uint8Array {
    const line = concatBytes(...this.#parts);
    this.#parts = [];
    this.#length = 0;
    return line;
  }
}
