//! The three verification profiles (`docs/spec/receipt.md`, section 7.1): what each demands.

use std::fmt;
use std::str::FromStr;

use crate::error::OptionError;

/// How strictly a receipt is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// `tecp-lite`: up to 7 days old.
    Lite,
    /// `tecp-v0.1`: up to 24 hours old.
    #[default]
    V01,
    /// `tecp-strict`: up to an hour old when it was logged, with a proof, known policies and evidence for each.
    Strict,
}

pub(super) struct Rules {
    /// How far a receipt's time may lie after the reference time, milliseconds.
    pub future_skew_ms: i64,
    /// How far a receipt's time may lie before the reference time, milliseconds.
    pub max_age_ms: i64,
    /// A proof whose quorum is met and gives a time.
    pub requires_proof: bool,
    /// Known and sufficient policies, key erasure, and evidence for each policy.
    pub requires_enforcement: bool,
}

const SECOND_MS: i64 = 1000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;

impl Profile {
    /// The name of the profile.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lite => "tecp-lite",
            Self::V01 => "tecp-v0.1",
            Self::Strict => "tecp-strict",
        }
    }

    pub(super) fn rules(self) -> Rules {
        let (future_skew_ms, max_age_ms) = match self {
            Self::Lite => (15 * MINUTE_MS, 7 * 24 * HOUR_MS),
            Self::V01 => (5 * MINUTE_MS, 24 * HOUR_MS),
            Self::Strict => (60 * SECOND_MS, HOUR_MS),
        };
        let is_strict = self == Self::Strict;
        Rules { future_skew_ms, max_age_ms, requires_proof: is_strict, requires_enforcement: is_strict }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// By its name, exactly.
impl FromStr for Profile {
    type Err = OptionError;

    fn from_str(name: &str) -> Result<Self, OptionError> {
        let found = [Self::Lite, Self::V01, Self::Strict].into_iter().find(|profile| profile.as_str() == name);
        found.ok_or(OptionError::new("profile", "tecp-lite, tecp-v0.1 or tecp-strict"))
    }
}
