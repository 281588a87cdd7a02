//! TECP-0.1 receipts (`docs/spec/receipt.md`): form, creation and verdict.

mod codes;
mod create;
mod members;
mod policies;
mod profile;
mod value;
mod verify;

pub use codes::{Finding, ReceiptCode, ReceiptError, WarningCode};
pub use create::{Payload, ReceiptParams, attach_proof, create_receipt, encode_receipt, hash_stream};
pub use profile::Profile;
pub use value::{Receipt, receipt_leaf_hash};
pub use verify::{Verdict, VerifyOptions, verify_receipt, verify_receipt_value};
