//! The published vectors that the reference implementation is held to, read from where it keeps them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::*;

/// The rows of a file of vectors beside the tests of the reference implementation. A published crate has no such
/// folder; the tests run in the repository.
fn cases(name: &str) -> Vec<Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test/unit/protocol/crypto");
    let text = fs::read_to_string(folder.join(name)).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let rows: Vec<Vec<Value>> = serde_json::from_value(file["cases"].clone()).unwrap();
    assert!(!rows.is_empty());
    rows
}

fn hex(value: &Value) -> Vec<u8> {
    let digits = value.as_str().unwrap();
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap()).collect()
}

/// Columns: number, key, message, signature, valid, comment.
fn check_wycheproof(name: &str, verify: fn(&[u8], &[u8], &[u8]) -> bool) {
    for row in cases(name) {
        let [id, key, message, signature, valid, comment] = &row[..] else { panic!("{row:?}") };
        let verdict = verify(&hex(key), &hex(message), &hex(signature));
        assert_eq!(verdict, valid.as_bool().unwrap(), "{id} {comment}");
    }
}

#[test]
fn ed25519_agrees_with_wycheproof() {
    check_wycheproof("ed25519-wycheproof.vectors.json", verify_ed25519);
}

#[test]
fn ml_dsa_44_agrees_with_wycheproof() {
    check_wycheproof("ml-dsa-44-wycheproof.vectors.json", verify_ml_dsa_44);
}

#[test]
fn ecdsa_agrees_with_wycheproof() {
    check_wycheproof("ecdsa-wycheproof.vectors.json", verify_ecdsa);
}

#[test]
fn of_the_cctv_edge_cases_43_are_valid() {
    let rows = cases("ed25519-cctv.vectors.json");
    let valid =
        rows.iter().filter(|row| verify_ed25519(&hex(&row[0]), row[2].as_str().unwrap().as_bytes(), &hex(&row[1])));
    assert_eq!((rows.len(), valid.count()), (914, 43));
}

#[test]
fn of_the_twelve_cases_of_many_eddsas_only_number_3_is_valid() {
    let rows = cases("ed25519-speccheck.vectors.json");
    let valid = rows.iter().map(|row| verify_ed25519(&hex(&row[0]), &hex(&row[1]), &hex(&row[2])));
    let expected: Vec<bool> = (0..12).map(|i| i == 3).collect();
    assert_eq!(valid.collect::<Vec<_>>(), expected);
}

#[test]
fn other_lengths_are_no_signatures_and_no_keys() {
    for length in [0, 1, 31, 33, 63, 65, 1311, 1313, 2419, 2421, 5000] {
        let bytes = vec![2; length];
        for verify in [verify_ed25519, verify_ml_dsa_44, verify_ecdsa] {
            assert!(!verify(&bytes, b"message", &bytes));
        }
    }
}

/// OpenSSL made these with SHA-256, whose digest is shorter than half of the order of P-521.
#[test]
fn p_521_takes_the_short_digest_of_sha_256() {
    const KEY: &str = "30819b301006072a8648ce3d020106052b81040023038186000400fdf0627b9552948e2a4815a370eeacc51a6018a0704e404a66590ba0e37d000025af90eb8c07b70aaa569639a6a256244dae6934886200149ac42e5ec0a0526019016de68aa288b37af23aa4cf7bbf8c8a5cc22579f04f8de563a25d31717cfee02753c54f56af31fdf57308fd9268fe4a80ea4b7f19c540d0b446bd6f897ef77253b3";
    const SIGNATURE: &str = "308188024201947efedb9dc1f9f11529d85b3ee513eb240fb70ea00aea8d4c41cde0f8f2f6bd64ac3324fd581a6ffbf6092968824aa8250284dba48fb597138495a2542b45db4d024200ea81e8116b054fb49ced55b725bd8bf49bdda11e32ed8b1b923ed90a80b2f766749d81e22ff306932f84513c91cc9d37935b152a80ae2a73d4dd25be7b1825121a";
    let (key, signature) = (hex(&Value::from(KEY)), hex(&Value::from(SIGNATURE)));
    assert!(verify_ecdsa(&key, b"a message", &signature));
    assert!(!verify_ecdsa(&key, b"another message", &signature));
}
