/**
 * TECP-0.1 for JavaScript: receipts made, verified and logged, in Node.js and in browsers. The formats are those of
 * docs/spec/receipt.md and docs/spec/log.md; verification opens no connection and reads no clock.
 */

export { RemoteError, type RemoteErrorKind } from '#client/http.ts';
export type {
  BatchResult,
  SubmissionRefusal,
  SubmissionWarning,
  Submitted,
} from '#client/log-client.ts';
export { verifyEcdsa, verifyEd25519, verifyMlDsa44 } from '#crypto';
export { fileContent } from '#protocol/file.ts';
export type { JsonObject, JsonValue } from '#protocol/json/canonical.ts';
export { leafHash } from '#protocol/merkle/hash.ts';
export type { VerifierKey } from '#protocol/note/key.ts';
export type {
  Policy,
  PolicyGroup,
  PolicyLog,
  PolicyWitness,
} from '#protocol/policy/policy.ts';
export {
  ReceiptError,
  type ReceiptErrorCode,
  type ReceiptWarningCode,
} from '#protocol/receipt/codes.ts';
export type {
  ChainLink,
  Environment,
  KeyErasure,
  KeyErasureScheme,
  Profile,
  Receipt,
} from '#protocol/receipt/types.ts';
export {
  type Finding,
  type Verdict,
  type VerifyOptions,
  verifyReceipt,
} from '#protocol/receipt/verify.ts';
export {
  formatShardList,
  type Shard,
  type ShardList,
  shardToWrite,
} from '#protocol/shards/shard-list.ts';
export {
  createReceipt,
  type Data,
  type ReceiptClaims,
  type ReceiptInput,
  type ReceiptOutput,
  type ReceiptParams,
} from './create-receipt.ts';
export { ExchangeError, type ExchangeErrorCode } from './exchange-error.ts';
export { FormatError, type FormatErrorCode } from './format-error.ts';
export { hashStream } from './hash-stream.ts';
export { IssuerKey } from './issuer-key.ts';
export { canonicalize, parseJson } from './json.ts';
export { LogClient, type LogClientOptions, type LogResult } from './log-client.ts';
export {
  type CheckpointKeys,
  type OpenedCheckpoint,
  type OpenedNote,
  openCheckpoint,
  openNote,
  parseVerifierKey,
} from './notes.ts';
export { parsePolicy, type VerifiedProof, verifyProof } from './proofs.ts';
export { type Exchange, type ReceiptedOptions, receiptedFetch } from './receipted-fetch.ts';
export { attachProof, encodeReceipt, receiptLeafHash } from './receipts.ts';
export {
  type FetchShardsOptions,
  fetchShardList,
  openShardList,
  parseShardList,
  type ShardListOptions,
} from './shards.ts';
export type { Text } from './text.ts';
export { verifyConsistency, verifyInclusion } from './trees.ts';
export { type ModelClient, withReceipts } from './with-receipts.ts';
