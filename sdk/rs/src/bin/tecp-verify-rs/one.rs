//! The verdict on one receipt in a file (`docs/spec/verifier.md`, section 1).

use std::fs::File;
use std::io::Read;
use std::time::{SystemTime, UNIX_EPOCH};

use tecp::lines::verdict_line;
use tecp::{MAX_JSON_BYTES, Policy, Profile, VerifyOptions, parse_policy, verify_receipt};

use crate::{USAGE, Unusable};

/// What the command line asks for.
#[derive(Default)]
pub struct Options {
    file: Option<String>,
    policy: Option<String>,
    profile: Profile,
    now_ms: Option<i64>,
    issuers: Option<Vec<String>>,
}

impl Options {
    pub fn parse(arguments: Vec<String>) -> Result<Self, Unusable> {
        let mut options = Self::default();
        let mut rest = arguments.into_iter();
        while let Some(argument) = rest.next() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
                _ => (argument, None),
            };
            let mut value = || value.clone().or_else(|| rest.next()).ok_or(USAGE);
            match name.as_str() {
                "--policy" => options.policy = Some(value()?),
                "--profile" => options.profile = value()?.parse()?,
                "--now" => options.now_ms = Some(parse_now(&value()?)?),
                "--issuer" => options.issuers.get_or_insert_default().push(value()?),
                _ if options.file.is_none() && !name.starts_with('-') => options.file = Some(name),
                _ => return Err(USAGE.into()),
            }
        }
        Ok(options)
    }
}

/// In decimal, without sign and leading zeros, which `str::parse` would take.
fn parse_now(text: &str) -> Result<i64, Unusable> {
    let now = text.parse::<i64>().ok().filter(|now| *now >= 0 && now.to_string() == text);
    now.ok_or_else(|| "--now: expected Unix milliseconds".into())
}

/// The verdict as a line, and whether the receipt is valid.
pub fn judge_file(options: &Options) -> Result<(String, bool), Unusable> {
    let file = options.file.as_deref().ok_or(USAGE)?;
    let policy = options.policy.as_deref().map(read_policy).transpose()?;
    let verify_options = VerifyOptions {
        profile: options.profile,
        policy: policy.as_ref(),
        trusted_keys: options.issuers.clone(),
        ..VerifyOptions::at(options.now_ms.unwrap_or_else(clock_ms))
    };
    let content = read_start(file)?;
    // One newline at its end is no part of the receipt.
    let verdict = verify_receipt(content.strip_suffix(b"\n").unwrap_or(&content), &verify_options)?;
    Ok((String::from_utf8(verdict_line(&verdict))?, verdict.valid))
}

fn clock_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn read_policy(path: &str) -> Result<Policy, Unusable> {
    let text = String::from_utf8(read_start(path)?).map_err(|_| format!("{path}: not a trust policy"))?;
    parse_policy(&text).map_err(|error| format!("{path}: not a trust policy: {error}").into())
}

/// Of what is longer than any receipt or policy, the beginning is too long as well.
fn read_start(path: &str) -> Result<Vec<u8>, Unusable> {
    let mut content = Vec::new();
    let file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    file.take(MAX_JSON_BYTES as u64 + 2).read_to_end(&mut content).map_err(|error| format!("{path}: {error}"))?;
    Ok(content)
}
