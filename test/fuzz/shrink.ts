/** Makes a request smaller for as long as something stays true of it. */
import { base64, type Request } from './request.ts';

/** Most candidates that are tried, and for how long: what hangs takes minutes for each. */
const MAX_TRIES = 1500;
const MAX_MS = 600_000;
const BYTES = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A smaller request of which `holds`, or the same one. */
export async function shrink(
  request: Request,
  holds: (candidate: Request) => Promise<boolean>,
): Promise<Request> {
  let smallest = request;
  const deadline = performance.now() + MAX_MS;
  let tries = 0;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const candidate of candidatesOf(smallest)) {
      if (++tries > MAX_TRIES || performance.now() > deadline) return smallest;
      if (!(await holds(candidate))) continue;
      smallest = candidate;
      isSmaller = true;
      break;
    }
  }
  return smallest;
}

/** Smaller ones, those first that lack most. */
function* candidatesOf(value: Request): Generator<Request> {
  for (const name of Object.keys(value)) {
    if (name === 'op') continue;
    const { [name]: _, ...rest } = value;
    yield rest;
  }
  for (const [name, member] of Object.entries(value)) {
    if (name === 'op') continue;
    for (const smaller of smallerValues(member)) yield { ...value, [name]: smaller };
  }
}

function* smallerValues(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) yield value.toSpliced(i, 1);
    for (let i = 0; i < value.length; i++) {
      for (const smaller of smallerValues(value[i])) yield value.with(i, smaller);
    }
  } else if (typeof value === 'object' && value !== null) {
    yield* candidatesOf(value as Request);
  } else if (typeof value === 'string' && value.length > 3 && BYTES.test(value)) {
    for (const bytes of smallerBytes(Buffer.from(value, 'base64'))) yield base64(bytes);
  } else if (typeof value === 'string') {
    for (const bytes of smallerBytes(Buffer.from(value))) yield bytes.toString();
  }
}

/** Without a member of its JSON, without a line, without ever shorter parts. */
function* smallerBytes(bytes: Buffer): Generator<Buffer> {
  yield* withoutMembers(bytes);
  const lines = bytes.toString('latin1').split('\n');
  if (lines.length > 1) {
    for (let i = 0; i < lines.length; i++) {
      yield Buffer.from(lines.toSpliced(i, 1).join('\n'), 'latin1');
    }
  }
  for (let size = bytes.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at + size <= bytes.length; at += size) {
      yield Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
    }
  }
}

function* withoutMembers(bytes: Buffer): Generator<Buffer> {
  const text = bytes.toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  // Written again it has to be the same text, or another fault would take the place of this one.
  if (typeof value !== 'object' || value === null || JSON.stringify(value) !== text) return;
  for (const smaller of smallerValues(value)) yield Buffer.from(JSON.stringify(smaller));
}
