//! Vectors that are damaged at random: nothing panics, and every answer is one line of canonical JSON.
//!
//! `TECP_TEST_SEED` repeats a run that failed, which prints its seed.

use std::fs;
use std::path::Path;

use base64ct::{Base64, Encoding};
use serde_json::Value;
use tecp::lines::answer_line;
use tecp::{canonicalize, parse_json};

const CASES: usize = 4000;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// Flips, puts in, takes away or repeats a few bytes.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            match self.below(4) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                1 => bytes.insert(at, b"\n\"\\ {}[],:+-=0\xe2\x80\x94\xff"[self.below(17)]),
                2 => drop(bytes.drain(at..(at + self.below(40)).min(bytes.len()))),
                _ => bytes.extend_from_within(at..),
            }
        }
    }
}

/// The requests of all vectors but the large ones.
fn requests() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| path.to_string_lossy().ends_with(".vectors.json"));
    let mut files: Vec<_> = files.collect();
    files.sort();
    let cases = files.iter().flat_map(|path| {
        let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        file["cases"].as_array().unwrap().clone()
    });
    cases.map(|case| case["request"].clone()).filter(|request| request.to_string().len() < 20_000).collect()
}

#[test]
fn damaged_requests_get_an_answer_and_nothing_panics() {
    let seed = std::env::var("TECP_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from_be_bytes(*tecp::IssuerKey::generate().seed().first_chunk().unwrap()));
    println!("TECP_TEST_SEED={seed}");
    let mut random = Random(seed);
    let requests = requests();
    for _ in 0..CASES {
        let mut request = requests[random.below(requests.len())].clone();
        for name in ["receipt", "json", "note", "policy", "proof"] {
            let bytes = request.get(name).and_then(Value::as_str).and_then(|text| Base64::decode_vec(text).ok());
            if let Some(mut bytes) = bytes {
                random.damage(&mut bytes);
                request[name] = Base64::encode_string(&bytes).into();
            }
        }
        let mut line = request.to_string().into_bytes();
        if random.below(8) == 0 {
            random.damage(&mut line);
        }
        let answer = answer_line(&line);
        let value = parse_json(&answer).expect("an answer is JSON");
        assert!(value.is_object() && canonicalize(&value).as_ref() == Ok(&answer));
        assert_eq!(answer_line(&line), answer);
    }
}
