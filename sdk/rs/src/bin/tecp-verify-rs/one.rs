//! The verdict on one receipt in a file (`docs/spec/verifier.md`, section 1).

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use tecp::{MAX_JSON_BYTES, Policy, Verdict, VerifyOptions, parse_policy, verify_receipt};

use crate::Unusable;
use crate::arguments::Options;

pub fn judge_file(options: &Options) -> Result<Verdict, Unusable> {
    let policy = options.policy.as_deref().map(read_policy).transpose()?;
    let verify_options = VerifyOptions {
        profile: options.profile,
        policy: policy.as_ref(),
        trusted_keys: options.issuers.clone(),
        ..VerifyOptions::at(options.now_ms.unwrap_or_else(clock_ms))
    };
    let content = read_start(&options.file)?;
    // One newline at its end is no part of the receipt.
    Ok(verify_receipt(content.strip_suffix(b"\n").unwrap_or(&content), &verify_options)?)
}

fn clock_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn read_policy(path: &Path) -> Result<Policy, Unusable> {
    let refuse = |reason: String| format!("{}: not a trust policy: {reason}", path.display());
    let text = String::from_utf8(read_start(path)?).map_err(|_| refuse("not UTF-8".to_owned()))?;
    Ok(parse_policy(&text).map_err(|error| refuse(error.to_string()))?)
}

/// Of what is longer than any receipt or policy, the beginning is too long as well.
fn read_start(path: &Path) -> Result<Vec<u8>, Unusable> {
    let mut content = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_JSON_BYTES as u64 + 2).read_to_end(&mut content));
    read.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(content)
}
