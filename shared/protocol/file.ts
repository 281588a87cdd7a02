/**
 * Receipts and evidence in files (docs/spec/receipt.md section 5, docs/spec/evidence.md section 3): the
 * canonical bytes, and at most one newline after them that is not part of them.
 *
 * Readers of files call `fileContent` once, at the border; a function that takes the bytes of a
 * receipt or of evidence strips nothing.
 */
const NEWLINE = 0x0a;

/** The content of a file: its bytes without one newline at the end, if there is one. */
export function fileContent(file: Uint8Array): Uint8Array {
  return file.at(-1) === NEWLINE ? file.subarray(0, -1) : file;
}
