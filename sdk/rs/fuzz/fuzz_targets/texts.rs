//! Notes, checkpoints, policies, proofs and keys of any text: an error or a value, and keys have one text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tecp::{LogIdentity, open_checkpoint, open_note, parse_policy, parse_verifier_key, verify_proof};

const KEY: &str = "log.example/2025+13c41f9a+AYE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";

fuzz_target!(|text: &str| {
    let key = parse_verifier_key(KEY).expect("a key");
    let policy = parse_policy(&format!("log {KEY}\nquorum none\n")).expect("a policy");
    let _ = open_note(text, &[key.clone()]);
    let log = LogIdentity { origin: key.name().to_owned(), keys: vec![key], witness_keys: vec![] };
    let _ = open_checkpoint(text, &log);
    let _ = verify_proof(text, &[0; 32], &policy);
    let _ = parse_policy(text);
    if let Ok(key) = parse_verifier_key(text) {
        assert_eq!(key.to_string(), text);
    }
});
