/** An answer read as what it must be, or the finding that it is not. */
import { type Finding, finding } from '../findings.ts';
import { type Read, ShapeError } from '../shapes/shape.ts';

export type ReadAnswer<T> =
  | { readonly answer: T; readonly finding?: undefined }
  | { readonly answer?: undefined; readonly finding: Finding };

export function readAnswer<T>(read: Read<T>, value: unknown): ReadAnswer<T> {
  try {
    return { answer: read(value, '') };
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const got = `something else at ${error.path === '' ? 'the top' : error.path}`;
    return { finding: finding('answer-form', error.expected, got) };
  }
}
