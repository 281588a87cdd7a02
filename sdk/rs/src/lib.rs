//! Computation receipts that anybody can verify offline.
//!
//! A receipt is a small signed statement: *this code, at this time, turned an input with this hash into an output
//! with that hash, under these policies*. A transparency log takes it in, independent witnesses cosign the log, and
//! with the log's proof attached the receipt can be checked by anybody, at any later time, without a network.
//!
//! ```
//! use std::time::{SystemTime, UNIX_EPOCH};
//!
//! use tecp::{IssuerKey, ReceiptParams, VerifyOptions, create_receipt, verify_receipt};
//!
//! let key = IssuerKey::generate();
//! let params = ReceiptParams::new(&key, "git:0123abcd", b"the input", b"the output");
//! let receipt = create_receipt(&params)?;
//! let now_ms = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
//! let verdict = verify_receipt(receipt.as_bytes(), &VerifyOptions::at(i64::try_from(now_ms)?))?;
//! assert!(verdict.valid);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Formats and verdicts are those of the TECP-0.1 specification: `docs/spec/receipt.md` for receipts,
//! `docs/spec/log.md` for notes, checkpoints, policies and proofs. Every implementation that follows it reaches the
//! same verdict, with the same codes in the same order, for the same bytes.
//!
//! Nothing here panics on bytes from outside, and no error or `Debug` shows a secret. Verification reads no clock,
//! no file and no network; only `LogClient`, behind the default feature `client`, opens connections.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic))]

mod base64;
mod bytes;
#[cfg(feature = "client")]
mod client;
mod crypto;
mod error;
mod issuer;
mod json;
pub mod lines;
mod merkle;
mod note;
mod policy;
mod printable;
mod proof;
mod receipt;
mod receipted;
mod shards;

#[cfg(feature = "client")]
pub use client::{ClientError, ClientOptions, LogClient, Problem, Submitted, Warning};
pub use crypto::{verify_ecdsa, verify_ed25519, verify_ml_dsa_44};
pub use error::{ErrorCode, OptionError, ProtocolError};
pub use issuer::{IssuerKey, KeyError};
pub use json::{MAX_JSON_BYTES, MAX_JSON_DEPTH, canonicalize, parse_json};
pub use merkle::{Hash, leaf_hash, verify_consistency, verify_inclusion};
pub use note::{
    Checkpoint, Cosignature, KeyType, LogIdentity, OpenedCheckpoint, OpenedNote, VerifierKey, open_checkpoint,
    open_note, parse_verifier_key,
};
pub use policy::{Policy, PolicyGroup, PolicyLog, PolicyWitness, parse_policy};
pub use proof::{VerifiedProof, verify_proof};
pub use receipt::{
    Finding, Payload, Profile, Receipt, ReceiptCode, ReceiptError, ReceiptParams, Verdict, VerifyOptions, WarningCode,
    attach_proof, create_receipt, encode_receipt, hash_stream, receipt_leaf_hash, verify_receipt, verify_receipt_value,
};
pub use receipted::receipted;
pub use shards::{FinalTree, Shard, ShardList, open_shard_list, parse_shard_list};

/// The README's program is compiled with the tests.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
struct Readme;
