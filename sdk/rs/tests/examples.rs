//! The examples, run as programs are.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tecp::{Receipt, ReceiptParams, VerifyOptions, verify_receipt};

/// An example as cargo builds it beside the tests. Of a single test it does not: `cargo test` does.
fn example(name: &str) -> Command {
    let mut path = PathBuf::from(env!("CARGO_BIN_EXE_tecp-verify-rs"));
    path.set_file_name("examples");
    path.push(name);
    assert!(path.exists(), "expected {name} to be built: cargo build --examples, with the profile of the tests");
    Command::new(path)
}

/// Ends the process with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_web_service_gives_a_receipt_with_its_answer() {
    let mut server = Running(example("axum").stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let (host, path) = line.trim().strip_prefix("http://").unwrap().split_once('/').unwrap();

    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();

    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "HELLO");
    let receipt = head.lines().find_map(|line| line.strip_prefix("tecp-receipt: ")).unwrap();
    let receipt = Receipt::from_bytes(receipt.as_bytes()).unwrap();
    assert!(verify_receipt(receipt.as_bytes(), &VerifyOptions::at(receipt.ts())).unwrap().valid);

    // Its hashes are those of what went in and what came out.
    let key = tecp::IssuerKey::generate();
    let same = tecp::create_receipt(&ReceiptParams::new(&key, "git:0", b"hello", b"HELLO")).unwrap();
    for name in ["input_hash", "output_hash"] {
        assert_eq!(receipt.members()[name], same.members()[name]);
    }
}

/// Skipped where no log is given.
#[test]
fn the_quick_start_writes_a_receipt_with_its_proof() {
    let Ok(url) = std::env::var("TECP_TEST_LOG_URL") else { return };
    let policy = std::env::var("TECP_TEST_POLICY").unwrap();
    let file = std::env::temp_dir().join(format!("tecp-rs-quickstart-{}.tecp.json", std::process::id()));
    assert!(example("quickstart").arg(url).arg(&file).status().unwrap().success());
    let verdict = Command::new(env!("CARGO_BIN_EXE_tecp-verify-rs")).arg(&file).args(["--policy", &policy]).output();
    std::fs::remove_file(&file).unwrap();
    let verdict = verdict.unwrap();
    assert_eq!(verdict.status.code(), Some(0), "{}", String::from_utf8_lossy(&verdict.stdout));
    assert!(String::from_utf8_lossy(&verdict.stdout).contains("\"logged_at\":"));
}
