/**
 * Submitted receipts: which sizes are looked at, and how any JSON form that means one receipt becomes
 * its canonical form (docs/spec/entry-types.md section 3.1).
 */
import { checkBytes } from '../../arguments.ts';
import { ProtocolError } from '../../errors.ts';
import { type JsonValue, parseJson } from '../../json/canonical.ts';
import { ReceiptError } from '../../receipt/codes.ts';
import { type ParsedReceipt, parseReceipt, receiptFromObject } from '../../receipt/receipt.ts';
import { MAX_RECEIPT_BYTES } from '../../receipt/types.ts';

/** Most bytes of a submission outside its strings, the quotes counted: white space eight times an entry. */
const MAX_OUTSIDE_STRINGS = 65_536;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Canonical bytes take the short way; other spellings of one receipt are parsed strictly. */
export function parseAnyForm(body: Uint8Array): ParsedReceipt {
  checkSizes(body);
  try {
    return parseReceipt(body);
  } catch (error) {
    if (!(error instanceof ReceiptError) || error.code !== 'E-SCHEMA-003') throw error;
    return receiptFromObject(parseStrictly(body));
  }
}

/**
 * Throws E-SIZE-001 for a body that is too large, or has too much outside its strings. A proof is one long
 * string, and cheap; a body of as many bytes that is all numbers or members takes half a second to
 * parse.
 */
function checkSizes(body: Uint8Array): void {
  checkBytes(body, 'submission');
  if (body.length > MAX_RECEIPT_BYTES) {
    const detail = `${body.length} bytes, at most ${MAX_RECEIPT_BYTES} are allowed`;
    throw new ReceiptError('E-SIZE-001', detail);
  }
  if (body.length <= MAX_OUTSIDE_STRINGS) return;
  let outside = 0;
  let inString = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (byte === QUOTE) inString = !inString;
    else if (inString && byte === BACKSLASH) i++;
    if (!inString || byte === QUOTE) outside++;
  }
  if (outside > MAX_OUTSIDE_STRINGS) {
    const detail = `${outside} bytes outside of strings, at most ${MAX_OUTSIDE_STRINGS} are allowed`;
    throw new ReceiptError('E-SIZE-001', detail);
  }
}

function parseStrictly(body: Uint8Array): JsonValue {
  try {
    return parseJson(body, MAX_RECEIPT_BYTES);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const code = error.code === 'too-large' ? 'E-SIZE-001' : 'E-SCHEMA-003';
    throw new ReceiptError(code, error.message);
  }
}
