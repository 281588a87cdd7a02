//! The verdict on a receipt (`docs/spec/receipt.md`, section 7).
//!
//! A receipt of bad form has one error. Otherwise every judgement is made, and the errors come in a fixed order:
//! signature, log, time, policies.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::members::is_member;
use super::policies::judge_policies;
use super::profile::Rules;
use super::{Finding, Profile, Receipt, ReceiptCode, ReceiptError, WarningCode, receipt_leaf_hash};
use crate::base64;
use crate::bytes::{MAX_INTEGER, to_hex};
use crate::crypto::{is_strict_point, verify_checked};
use crate::error::{ErrorCode, OptionError};
use crate::json::utf16_order;
use crate::policy::Policy;
use crate::proof::verify_proof;

const PROOF_FIELD: &str = "log_inclusion.proof";

/// By what a receipt is judged (`docs/spec/receipt.md`, section 7.2). The time has no default.
#[derive(Clone, Debug)]
pub struct VerifyOptions<'a> {
    /// How strictly.
    pub profile: Profile,
    /// The time of the verification, Unix milliseconds, 0 to 2^53-1.
    pub now_ms: i64,
    /// Which logs and witnesses are trusted. Without one no proof can be verified.
    pub policy: Option<&'a Policy>,
    /// The only issuers that are accepted, base64url without padding; every issuer where there are none.
    pub trusted_keys: Option<Vec<String>>,
}

impl VerifyOptions<'_> {
    /// The default profile at this time, without a trust policy, for every issuer.
    pub fn at(now_ms: i64) -> Self {
        Self { profile: Profile::default(), now_ms, policy: None, trusted_keys: None }
    }

    fn check(&self) -> Result<(), OptionError> {
        if !u64::try_from(self.now_ms).is_ok_and(|now| now <= MAX_INTEGER) {
            return Err(OptionError::new("now", "0 to 2^53-1"));
        }
        // A key in another spelling would be trusted by the caller and matched by nothing.
        if self.trusted_keys.iter().flatten().any(|key| !is_issuer_key(key)) {
            return Err(OptionError::new("trusted_keys", "unpadded base64url of Ed25519 public keys"));
        }
        Ok(())
    }
}

/// Whether a text could be the `pubkey` of a receipt.
fn is_issuer_key(text: &str) -> bool {
    let key = base64::decode_url(text).and_then(|bytes| bytes.try_into().ok());
    key.is_some_and(|key| is_strict_point(&key))
}

/// The result of a verification. Facts are there when they are known, also for a receipt that is not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// Whether there are no errors.
    pub valid: bool,
    /// In the order of `docs/spec/receipt.md`, section 7.
    pub errors: Vec<Finding<ReceiptCode>>,
    /// In the order of `docs/spec/receipt.md`, section 7.6.
    pub warnings: Vec<Finding<WarningCode>>,
    /// How strictly the receipt was judged.
    pub profile: Profile,
    /// Unix milliseconds by which a quorum of witnesses had cosigned.
    pub logged_at: Option<i64>,
    /// The issuer's key, base64url without padding.
    pub issuer: Option<String>,
    /// Lowercase hex.
    pub leaf_hash: Option<String>,
    /// The log whose proof verifies.
    pub origin: Option<String>,
    /// The zero-based index of the receipt in the log.
    pub index: Option<u64>,
    /// Leaves of the tree that the proof is for.
    pub tree_size: Option<u64>,
    /// The witnesses whose cosignatures verify, by their names in the policy and in its order.
    pub witnesses: Option<Vec<String>>,
}

impl Verdict {
    fn of_bad_form(error: ReceiptError, profile: Profile) -> Self {
        Self { errors: vec![error.into()], ..Self::empty(profile) }
    }

    fn empty(profile: Profile) -> Self {
        Self {
            valid: false,
            errors: Vec::new(),
            warnings: Vec::new(),
            profile,
            logged_at: None,
            issuer: None,
            leaf_hash: None,
            origin: None,
            index: None,
            tree_size: None,
            witnesses: None,
        }
    }

    /// The result as the JSON of `docs/spec/receipt.md`, section 7.6.
    pub fn to_value(&self) -> Value {
        fn finding<C>(finding: &Finding<C>, code: &'static str) -> Value {
            let mut out = Map::new();
            out.insert("code".to_owned(), code.into());
            out.insert("message".to_owned(), finding.message.as_str().into());
            if let Some(field) = &finding.field {
                out.insert("field".to_owned(), field.as_str().into());
            }
            Value::Object(out)
        }
        let errors: Value = self.errors.iter().map(|error| finding(error, error.code.as_str())).collect();
        let warnings: Value = self.warnings.iter().map(|warning| finding(warning, warning.code.as_str())).collect();
        let members = [
            ("valid", Some(self.valid.into())),
            ("errors", Some(errors)),
            ("warnings", Some(warnings)),
            ("profile", Some(self.profile.as_str().into())),
            ("logged_at", self.logged_at.map(Value::from)),
            ("issuer", self.issuer.clone().map(Value::from)),
            ("leaf_hash", self.leaf_hash.clone().map(Value::from)),
            ("origin", self.origin.clone().map(Value::from)),
            ("index", self.index.map(Value::from)),
            ("tree_size", self.tree_size.map(Value::from)),
            ("witnesses", self.witnesses.clone().map(Value::from)),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// As [`Verdict::to_value`].
impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

/// A verdict being made.
pub(super) struct Judgement {
    verdict: Verdict,
    pub(super) rules: Rules,
}

impl Judgement {
    pub(super) fn reject(&mut self, code: ReceiptCode, message: impl Into<String>, field: &str) {
        self.verdict.errors.push(Finding { code, message: message.into(), field: Some(field.to_owned()) });
    }

    pub(super) fn warn(&mut self, code: WarningCode, message: impl Into<String>, field: &str) {
        self.verdict.warnings.push(Finding { code, message: message.into(), field: Some(field.to_owned()) });
    }

    fn warn_of_unknown_members(&mut self, receipt: &Receipt) {
        let is_unknown = |name: &&String| !is_member(name);
        let mut unknown: Vec<&String> = receipt.members().keys().filter(is_unknown).collect();
        unknown.sort_by(|a, b| utf16_order(a, b));
        for name in unknown {
            self.warn(WarningCode::UnknownMember, "member is not defined by this version", name);
        }
    }

    fn judge_signature(&mut self, receipt: &Receipt, trusted_keys: Option<&[String]>) {
        if !verify_checked(&receipt.public_key, &receipt.signed_bytes(), &receipt.signature) {
            self.reject(ReceiptCode::BadSignature, "signature does not verify", "sig");
        }
        if trusted_keys.is_some_and(|keys| !keys.iter().any(|key| key == receipt.issuer())) {
            self.reject(ReceiptCode::UntrustedKey, "not a trusted issuer key", "pubkey");
        }
    }

    fn judge_log(&mut self, receipt: &Receipt, policy: Option<&Policy>) {
        let is_required = self.rules.requires_proof;
        match (receipt.proof(), policy) {
            (None, _) if is_required => self.reject(ReceiptCode::NoProof, "a proof is required", "log_inclusion"),
            (None, _) => {}
            (Some(_), None) if is_required => {
                self.reject(ReceiptCode::UntrustedLog, "no trust policy given", PROOF_FIELD);
            }
            (Some(_), None) => {
                self.warn(WarningCode::ProofNotChecked, "not checked: no trust policy given", PROOF_FIELD);
            }
            (Some(proof), Some(policy)) => self.judge_proof(receipt, proof, policy),
        }
    }

    fn judge_proof(&mut self, receipt: &Receipt, proof: &str, policy: &Policy) {
        let verified = match verify_proof(proof, &receipt_leaf_hash(receipt), policy) {
            Ok(verified) => verified,
            Err(error) => {
                let is_untrusted = error.code() == ErrorCode::Untrusted;
                let code = if is_untrusted { ReceiptCode::UntrustedLog } else { ReceiptCode::BadProof };
                return self.reject(code, error.to_string(), PROOF_FIELD);
            }
        };
        self.verdict.origin = Some(verified.origin);
        self.verdict.index = Some(verified.index);
        self.verdict.tree_size = Some(verified.tree_size);
        self.verdict.witnesses = Some(verified.witnesses);
        // A policy of `quorum none` is met without a witness, and so gives no time for strict to rely on.
        if !verified.quorum_met || (self.rules.requires_proof && verified.logged_at.is_none()) {
            self.reject(ReceiptCode::NoQuorum, "the quorum of witnesses is not met", PROOF_FIELD);
        } else {
            self.verdict.logged_at = verified.logged_at;
        }
    }

    /// No sum here overflows: all times are below 2^53.
    fn judge_time(&mut self, receipt: &Receipt, now_ms: i64) {
        let reference = self.verdict.logged_at.unwrap_or(now_ms);
        if receipt.ts() > reference + self.rules.future_skew_ms {
            self.reject(ReceiptCode::InTheFuture, "too far after the reference time", "ts");
        } else if receipt.ts() < reference - self.rules.max_age_ms {
            self.reject(ReceiptCode::Expired, "too long before the reference time", "ts");
        }
        if self.verdict.logged_at.is_some_and(|logged_at| logged_at > now_ms + self.rules.future_skew_ms) {
            self.warn(WarningCode::LoggedInTheFuture, "witnesses cosigned at a time still to come", PROOF_FIELD);
        }
    }
}

fn judge(receipt: Result<Receipt, ReceiptError>, options: &VerifyOptions<'_>) -> Verdict {
    let profile = options.profile;
    let receipt = match receipt {
        Ok(receipt) => receipt,
        Err(error) => return Verdict::of_bad_form(error, profile),
    };
    let mut judgement = Judgement { verdict: Verdict::empty(profile), rules: profile.rules() };
    judgement.verdict.issuer = Some(receipt.issuer().to_owned());
    judgement.verdict.leaf_hash = Some(to_hex(&receipt_leaf_hash(&receipt)));
    judgement.warn_of_unknown_members(&receipt);
    judgement.judge_signature(&receipt, options.trusted_keys.as_deref());
    judgement.judge_log(&receipt, options.policy);
    judgement.judge_time(&receipt, options.now_ms);
    judge_policies(receipt.members(), &mut judgement);
    let mut verdict = judgement.verdict;
    verdict.valid = verdict.errors.is_empty();
    verdict
}

/// Judges a receipt as bytes, which must be its canonical form exactly: whoever reads a file removes the newline at
/// its end first. Offline, and by nothing but its arguments.
///
/// # Errors
///
/// Only for options that nobody can mean. Whatever is wrong with the bytes is in the verdict.
pub fn verify_receipt(receipt: &[u8], options: &VerifyOptions<'_>) -> Result<Verdict, OptionError> {
    options.check()?;
    Ok(judge(Receipt::from_bytes(receipt), options))
}

/// Judges a receipt held in memory, such as a part of a larger document. It is canonicalised, and what has no
/// canonical form, such as a fraction, is refused and never repaired.
///
/// # Errors
///
/// Only for options that nobody can mean. Whatever is wrong with the value is in the verdict.
pub fn verify_receipt_value(receipt: &Value, options: &VerifyOptions<'_>) -> Result<Verdict, OptionError> {
    options.check()?;
    Ok(judge(Receipt::from_value(receipt), options))
}
