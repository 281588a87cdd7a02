/** An answer read as what it must be, or the finding that it is not. */
import { type Finding, finding } from '../findings.ts';
import { type Read, ShapeError } from '../shapes/shape.ts';

export type ReadAnswer<T> =
  | { readonly answer: T; readonly finding?: undefined }
  | { readonly answer?: undefined; readonly finding: Finding };

/** A part of an answer has a path in it. */
export function readAnswer<T>(read: Read<T>, value: unknown, path = ''): ReadAnswer<T> {
  try {
    return { answer: read(value, path) };
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const got = `something else at ${error.path === '' ? 'the top' : error.path}`;
    return { finding: finding('answer-form', error.expected, got) };
  }
}
