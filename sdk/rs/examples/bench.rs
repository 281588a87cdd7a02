//! What creating and verifying costs beside the bare Ed25519 operation: `bench FILE`, where the file is a JSON object
//! of `seed`, `receipt`, `proven`, `policy` (base64) and `now` (Unix milliseconds).
//!
//! Prints one line of JSON: medians of processor time for each operation, in microseconds, over interleaved rounds.
//! `sign` and `verify` are the library's operation on a message of the size of the signed bytes, with the key already
//! loaded. A receipt brings its key, so `load_verify`, which loads the key first, is what verification can reach.

use std::error::Error;
use std::hint::black_box;
use std::{env, fs};

use base64ct::{Base64, Encoding};
use ed25519_dalek::{Signer, SigningKey, Verifier, VerifyingKey};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use tecp::{
    IssuerKey, Profile, Receipt, ReceiptParams, VerifyOptions, canonicalize, create_receipt, parse_policy,
    verify_receipt,
};

const ROUNDS: usize = 60;
/// Of one operation in one round.
const SLICE_US: f64 = 8_000.0;

fn processor_us() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// Microseconds for each call.
fn time(operation: &dyn Fn(), count: u32) -> f64 {
    let start = processor_us();
    (0..count).for_each(|_| operation());
    (processor_us() - start) / f64::from(count)
}

/// The medians of operations that take turns, so that all meet the same disturbances.
fn medians(operations: &[&dyn Fn()]) -> Vec<f64> {
    let counts: Vec<u32> = operations.iter().map(|run| (SLICE_US / time(run, 20)).max(1.0) as u32).collect();
    let mut times = vec![Vec::with_capacity(ROUNDS); operations.len()];
    for _ in 0..ROUNDS {
        for (i, operation) in operations.iter().enumerate() {
            times[i].push(time(operation, counts[i]));
        }
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        (times[ROUNDS / 2] * 1000.0).round() / 1000.0
    };
    times.iter_mut().map(median).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args().nth(1).ok_or("usage: bench FILE")?;
    let given: Value = serde_json::from_slice(&fs::read(file)?)?;
    let bytes =
        |name: &str| Base64::decode_vec(given[name].as_str().unwrap_or_default()).map_err(|error| error.to_string());
    let (receipt, proven) = (bytes("receipt")?, bytes("proven")?);
    let now_ms = given["now"].as_i64().ok_or("now: expected an integer")?;
    let policy = parse_policy(&String::from_utf8(bytes("policy")?)?)?;

    let seed: [u8; 32] = bytes("seed")?.try_into().map_err(|_| "seed: expected 32 bytes")?;
    let (key, bare) = (IssuerKey::from_seed(&seed), SigningKey::from_bytes(&seed));
    let message = signed_bytes(&receipt)?;
    let signature = bare.sign(&message);
    let public_key = bare.verifying_key();

    let params = ReceiptParams {
        policy_ids: &["no_retention"],
        ts: Some(now_ms),
        nonce: Some(&[9; 16]),
        ..ReceiptParams::new(&key, "git:0123456789abcdef0123456789abcdef01234567", b"the input", b"the output")
    };
    let options = VerifyOptions { profile: Profile::Lite, ..VerifyOptions::at(now_ms) };
    let with_policy = VerifyOptions { policy: Some(&policy), ..options.clone() };
    let verifies = |receipt: &[u8], options| verify_receipt(receipt, options).is_ok_and(|verdict| verdict.valid);
    if !verifies(&receipt, &options) || !verifies(&proven, &with_policy) {
        return Err("expected receipts that are valid".into());
    }

    let names = ["sign_us", "verify_us", "load_verify_us", "create_us", "verify_receipt_us", "verify_proof_us"];
    let times = medians(&[
        &|| discard(bare.sign(black_box(&message))),
        &|| discard(public_key.verify(black_box(&message), &signature)),
        &|| discard(load(black_box(public_key.as_bytes())).map(|key| key.verify(&message, &signature))),
        &|| discard(create_receipt(black_box(&params))),
        &|| discard(verifies(black_box(&receipt), &options)),
        &|| discard(verifies(black_box(&proven), &with_policy)),
    ]);
    let mut line = json!({"sdk": "rs", "library": "ed25519-dalek"});
    for (name, time) in names.into_iter().zip(times) {
        line[name] = time.into();
    }
    println!("{line}");
    Ok(())
}

fn load(key: &[u8; 32]) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(key).ok()
}

/// Keeps the compiler from leaving out what nobody looks at.
fn discard<T>(value: T) {
    black_box(value);
}

/// The canonical bytes without `sig` and `log_inclusion`.
fn signed_bytes(receipt: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut members = Receipt::from_bytes(receipt)?.members().clone();
    members.remove("sig");
    members.remove("log_inclusion");
    Ok(canonicalize(&Value::Object(members))?)
}
