/**
 * Arrays as PostgreSQL takes them in binary: of text they would be twice as long, and be parsed. `pg` sends a
 * buffer as it is, for a parameter of whichever type (array_recv in PostgreSQL's src/backend/utils/adt/arrayfuncs.c).
 */

const BYTEA = 17;
const INT4 = 23;
const INT8 = 20;
const HEADER_BYTES = 20;

/** A parameter of type `bytea[]`. */
export function byteaArray(values: readonly Uint8Array[]): Buffer {
  const total = values.reduce((sum, { length }) => sum + 4 + length, HEADER_BYTES);
  const array = Buffer.allocUnsafe(total);
  let at = writeHeader(array, BYTEA, values.length);
  for (const value of values) {
    at = array.writeInt32BE(value.length, at);
    array.set(value, at);
    at += value.length;
  }
  return array;
}

/** A parameter of type `int4[]`. */
export function int4Array(values: readonly number[]): Buffer {
  const array = Buffer.allocUnsafe(HEADER_BYTES + 8 * values.length);
  let at = writeHeader(array, INT4, values.length);
  for (const value of values) at = array.writeInt32BE(value, array.writeInt32BE(4, at));
  return array;
}

/** A parameter of type `int8[]`. */
export function int8Array(values: readonly number[]): Buffer {
  const array = Buffer.allocUnsafe(HEADER_BYTES + 12 * values.length);
  let at = writeHeader(array, INT8, values.length);
  for (const value of values) at = array.writeBigInt64BE(BigInt(value), array.writeInt32BE(8, at));
  return array;
}

/** One dimension, without nulls, counted from 1. */
function writeHeader(array: Buffer, type: number, length: number): number {
  let at = 0;
  for (const field of [1, 0, type, length, 1]) at = array.writeInt32BE(field, at);
  return at;
}
