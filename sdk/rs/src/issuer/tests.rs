use std::fs;
use std::path::PathBuf;

use super::*;

const SEED: [u8; 32] = [1; 32];
/// Written by OpenSSL for this seed.
const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n-----END PRIVATE KEY-----\n";

/// A folder of its own that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("tecp-rs-{}", crate::bytes::to_hex(&random::<8>())));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        set_mode(&path, 0o600);
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(unix)]
fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_: &std::path::Path, _: u32) {}

fn note_key(key_type: u8, name: &str, id: &str) -> String {
    let bytes = [&[key_type], &SEED[..]].concat();
    format!("PRIVATE+KEY+{name}+{id}+{}", base64::encode(&bytes))
}

#[test]
fn pem_is_what_openssl_writes_and_is_read_back() {
    let key = IssuerKey::from_seed(&SEED);
    assert_eq!(*key.to_pem(), PEM);
    assert_eq!(IssuerKey::from_pem(PEM).unwrap().seed(), &SEED);
    assert_eq!(key.public_key(), "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w");
}

#[test]
fn a_pem_of_another_form_is_malformed() {
    let public_key = IssuerKey::from_seed(&SEED).key.verifying_key();
    // Version 2 of RFC 5958, which has the public key beside the secret one.
    let head: &[u8] = b"\x30\x51\x02\x01\x01\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    let with_public_key = [head, &SEED[..], b"\x81\x21\x00", public_key.as_bytes()].concat();
    let with_public_key = [PEM_BEGIN, "\n", &base64::encode(&with_public_key), "\n", PEM_END, "\n"].concat();
    assert_eq!(IssuerKey::from_pem(&with_public_key).unwrap_err().code(), "malformed");
    assert_eq!(IssuerKey::from_pem(&PEM.replace("PRIVATE", "PUBLIC")).unwrap_err().code(), "malformed");
}

#[test]
fn pem_is_one_block_and_nothing_else() {
    let good = [
        PEM.trim_end().to_owned(),
        PEM.replace('\n', "\r\n"),
        format!(" \n\t{PEM}\r\n \n"),
        PEM.replace("MC4C", "M\nC4\r\nC"),
    ];
    for text in good {
        assert_eq!(IssuerKey::from_pem(&text).unwrap().seed(), &SEED, "{text:?}");
    }
    let bad = [
        format!("x\n{PEM}"),
        format!("{PEM}x"),
        format!("\u{feff}{PEM}"),
        format!("{PEM}\u{c}"),
        format!("{PEM}{PEM}"),
        PEM.replace("MC4C", "A: b\n\nMC4C"),
        PEM.replace("MC4C", "MC 4C"),
        PEM.replace('\n', "\r"),
        PEM.replace('\n', ""),
    ];
    for text in bad {
        assert_eq!(IssuerKey::from_pem(&text).unwrap_err().code(), "malformed", "{text:?}");
    }
}

#[test]
fn other_texts_are_malformed_and_not_repeated() {
    let rsa = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
    for text in
        ["", "secret", "-----BEGIN PRIVATE KEY-----", rsa, &PEM.replace("MC4", "MC5"), &note_key(1, "a", "00000000")]
    {
        let error = IssuerKey::from_file_bytes(text.as_bytes()).unwrap_err();
        assert_eq!(error.code(), "malformed");
        assert!(text.is_empty() || !format!("{error} {error:?}").contains(text));
    }
    assert_eq!(IssuerKey::from_file_bytes(&[0xff; 31]).unwrap_err().code(), "malformed");
}

#[test]
fn every_file_that_holds_a_key_is_loaded() {
    let folder = Folder::new();
    let verifier = IssuerKey::from_seed(&SEED);
    let id = VerifierKey::new("log.example", KeyType::Ed25519, verifier.key.verifying_key().as_bytes()).unwrap().id();
    let text = note_key(1, "log.example", &id);
    let files = [PEM.as_bytes().to_vec(), SEED.to_vec(), text.clone().into_bytes(), format!("{text}\n").into_bytes()];
    for (i, bytes) in files.iter().enumerate() {
        let path = folder.file(&i.to_string(), bytes);
        assert_eq!(IssuerKey::load(path).unwrap().seed(), &SEED);
    }
    for (name, text) in [("witness", note_key(4, "log.example", &id)), ("twice", format!("{text}\n\n"))] {
        let path = folder.file(name, text.as_bytes());
        assert_eq!(IssuerKey::load(path).unwrap_err().code(), "malformed", "{name}");
    }
}

#[test]
fn a_key_is_saved_for_its_owner_alone_and_never_over_a_file() {
    let folder = Folder::new();
    let path = folder.0.join("key");
    let key = IssuerKey::generate();
    key.save(&path).unwrap();
    assert_eq!(IssuerKey::load(&path).unwrap().seed(), key.seed());
    assert_eq!(IssuerKey::generate().save(&path).unwrap_err().code(), "io");
    assert_eq!(IssuerKey::load(&path).unwrap().seed(), key.seed());
}

#[cfg(unix)]
#[test]
fn a_file_that_is_open_to_others_is_not_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let path = folder.0.join("key");
    IssuerKey::generate().save(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for mode in [0o640, 0o604, 0o620] {
        set_mode(&path, mode);
        assert_eq!(IssuerKey::load(&path).unwrap_err().code(), "exposed", "{mode:o}");
    }
}

#[test]
fn nothing_shows_the_secret() {
    let key = IssuerKey::from_seed(&SEED);
    assert_eq!(format!("{key:?}"), "IssuerKey(iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w)");
    let shown = format!("{:?}", crate::ReceiptParams::new(&key, "git:0", b"in", b"out"));
    assert!(!shown.contains("1, 1, 1") && !shown.contains("0101"));
}
