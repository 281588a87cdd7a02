//! The codes of `docs/spec/receipt.md`, section 8, and the error of a receipt of bad form.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// An enum of codes, each with its stable text.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$code_doc:meta])* $code:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$code_doc])* $code,)*
        }

        impl $name {
            /// The stable text of the code.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $text,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

codes! {
    /// Why a receipt is not valid.
    ReceiptCode {
        /// E-SIZE-001: too large.
        TooLarge = "E-SIZE-001",
        /// E-SCHEMA-001: a member is missing.
        Missing = "E-SCHEMA-001",
        /// E-SCHEMA-002: a member has the wrong type or format.
        WrongForm = "E-SCHEMA-002",
        /// E-SCHEMA-003: not canonical JSON.
        NotCanonical = "E-SCHEMA-003",
        /// E-SCHEMA-004: unknown version.
        UnknownVersion = "E-SCHEMA-004",
        /// E-SIG-001: malformed signature or key.
        MalformedSignature = "E-SIG-001",
        /// E-SIG-002: signature does not verify.
        BadSignature = "E-SIG-002",
        /// E-SIG-003: key is not trusted.
        UntrustedKey = "E-SIG-003",
        /// E-LOG-001: a proof is required but absent.
        NoProof = "E-LOG-001",
        /// E-LOG-002: proof does not verify.
        BadProof = "E-LOG-002",
        /// E-LOG-003: witness quorum not met.
        NoQuorum = "E-LOG-003",
        /// E-LOG-004: log is not trusted.
        UntrustedLog = "E-LOG-004",
        /// E-TS-001: not a valid time.
        NoTime = "E-TS-001",
        /// E-TS-002: in the future.
        InTheFuture = "E-TS-002",
        /// E-TS-003: expired.
        Expired = "E-TS-003",
        /// E-POLICY-001: unknown policy.
        UnknownPolicy = "E-POLICY-001",
        /// E-POLICY-002: policy set too weak for the profile.
        WeakPolicies = "E-POLICY-002",
        /// E-POLICY-003: enforcement evidence missing.
        NoEvidence = "E-POLICY-003",
    }
}

codes! {
    /// What a caller should know of a receipt, valid or not.
    WarningCode {
        /// W-SCHEMA-001: unknown member.
        UnknownMember = "W-SCHEMA-001",
        /// W-LOG-001: proof not checked, as no trust policy was given.
        ProofNotChecked = "W-LOG-001",
        /// W-TS-001: logged time is in the future.
        LoggedInTheFuture = "W-TS-001",
        /// W-POLICY-001: unknown policy.
        UnknownPolicy = "W-POLICY-001",
        /// W-POLICY-002: key erasure is only simulated.
        SimulatedErasure = "W-POLICY-002",
    }
}

/// One error or warning of a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding<Code> {
    /// The stable code.
    pub code: Code,
    /// The member concerned, as a path such as `chain.prev`. It may be any text that a receipt holds.
    pub field: Option<String>,
    /// For people; not to be compared.
    pub message: String,
}

/// The first thing wrong with the form of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptError {
    code: ReceiptCode,
    field: Option<String>,
    message: Cow<'static, str>,
}

impl ReceiptError {
    pub(super) fn new(code: ReceiptCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, field: None, message: message.into() }
    }

    pub(super) fn of_field(code: ReceiptCode, field: impl Into<String>, message: &'static str) -> Self {
        Self { code, field: Some(field.into()), message: message.into() }
    }

    /// The stable code.
    pub fn code(&self) -> ReceiptCode {
        self.code
    }

    /// The member that is wrong, as a path such as `chain.prev`, where there is one to name.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }
}

impl From<ReceiptError> for Finding<ReceiptCode> {
    fn from(error: ReceiptError) -> Self {
        Self { code: error.code, field: error.field, message: error.message.into_owned() }
    }
}

impl fmt::Display for ReceiptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            // A field may be any text, also one that steers a terminal.
            Some(field) => write!(f, "{}: {}: {}", self.code, field.escape_debug(), self.message),
            None => write!(f, "{}: {}", self.code, self.message),
        }
    }
}

impl Error for ReceiptError {}
