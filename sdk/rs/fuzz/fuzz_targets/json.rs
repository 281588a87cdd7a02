//! What is read is written back to a text that is read to the same value, and a receipt that is read is canonical.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tecp::{Receipt, canonicalize, parse_json};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = parse_json(bytes) {
        let canonical = canonicalize(&value).expect("whatever is read has a canonical form");
        assert_eq!(parse_json(&canonical).as_ref(), Ok(&value));
        if let Ok(receipt) = Receipt::from_bytes(bytes) {
            assert_eq!(receipt.as_bytes(), canonical);
        }
    } else {
        assert!(Receipt::from_bytes(bytes).is_err());
    }
});
