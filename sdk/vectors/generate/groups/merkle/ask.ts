/** What both kinds of proofs are about. */

export const LEAF = 'log.md, section 2: the leaf hash is SHA-256(0x00 || entry).';

export const MAX = Number.MAX_SAFE_INTEGER;
