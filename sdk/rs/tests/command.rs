//! `tecp-verify-rs` as a process (`docs/spec/verifier.md`, sections 1 and 2).

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tecp::{IssuerKey, Receipt, ReceiptParams, create_receipt};

const NOW: &str = "1753000000000";

fn command(arguments: &[impl AsRef<OsStr>]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tecp-verify-rs")).args(arguments).output().unwrap()
}

fn receipt() -> Receipt {
    let key = IssuerKey::from_seed(&[1; 32]);
    let params = ReceiptParams { ts: NOW.parse().ok(), ..ReceiptParams::new(&key, "git:0123abcd", b"in", b"out") };
    create_receipt(&params).unwrap()
}

/// A file of its own that is removed at the end.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("tecp-rs-{}-{name}", std::process::id()));
        fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn the_exit_code_and_one_line_say_the_verdict() {
    let receipt = receipt();
    let one = Temporary::new("one", format!("{receipt}\n").as_bytes());
    let two = Temporary::new("two", format!("{receipt}\n\n").as_bytes());

    let good = command(&[one.path(), "--now", NOW, "--issuer", receipt.issuer()]);
    let line = String::from_utf8(good.stdout).unwrap();
    assert_eq!((good.status.code(), line.matches('\n').count()), (Some(0), 1));
    assert!(line.starts_with("{\"errors\":[],") && line.contains("\"profile\":\"tecp-v0.1\",\"valid\":true"), "{line}");

    for (arguments, code) in [
        (&[two.path(), "--now", NOW][..], "E-SCHEMA-003"),
        (&[one.path()], "E-TS-003"),
        (&[one.path(), "--now", "0"], "E-TS-002"),
        (&[one.path(), "--now", NOW, "--profile", "tecp-strict"], "E-LOG-001"),
        (&[one.path(), "--now", NOW, "--issuer", "Gc0jxOl7nXYIlbWmJkRLwDLrVdGpUKM_vDyLc9kyYqk"], "E-SIG-003"),
    ] {
        let bad = command(arguments);
        assert_eq!(bad.status.code(), Some(1), "{arguments:?}");
        assert!(String::from_utf8(bad.stdout).unwrap().contains(code), "{arguments:?}");
    }
}

#[test]
fn where_nothing_was_judged_the_exit_code_is_2() {
    let file = Temporary::new("three", receipt().as_bytes());
    let nothing = Path::new(file.path()).with_extension("absent");
    for arguments in [
        &[""][..],
        &[nothing.to_str().unwrap()],
        &[file.path(), file.path()],
        &[file.path(), "--lines"],
        &["--lines", "--lines"],
        &["--lines=yes"],
        &[file.path(), "--nothing"],
        &[file.path(), "--now", NOW, "--now", NOW],
        &[file.path(), "--pro", "tecp-lite"],
        &[file.path(), "-profile", "tecp-lite"],
        &[file.path(), "--", "--now", NOW],
        &[file.path(), "--now"],
        &[file.path(), "--now", "+1"],
        &[file.path(), "--now", "01"],
        &[file.path(), "--now", "9007199254740992"],
        &[file.path(), "--profile", "strict"],
        &[file.path(), "--issuer", "AAAA"],
        &[file.path(), "--policy", nothing.to_str().unwrap()],
        &[file.path(), "--policy", file.path()],
    ] {
        let output = command(arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        assert!(is_reason(&output), "{arguments:?}");
    }
    assert!(is_reason(&command(&[""; 0])));
}

/// Whether standard error is one line, and not that of a panic.
fn is_reason(output: &Output) -> bool {
    let text = String::from_utf8_lossy(&output.stderr);
    text.starts_with("tecp-verify-rs: ") && text.find('\n') == Some(text.len() - 1)
}

#[test]
fn options_stand_anywhere_before_two_dashes() {
    let file = Temporary::new("four", receipt().as_bytes());
    let now = format!("--now={NOW}");
    for arguments in [
        &[file.path(), "--now", NOW][..],
        &["--now", NOW, file.path()],
        &["--profile=tecp-lite", file.path(), &now],
        &[&now, "--", file.path()],
    ] {
        assert_eq!(command(arguments).status.code(), Some(0), "{arguments:?}");
    }
    let help = command(&[file.path(), "--now", "?", "--help"]);
    assert_eq!((help.status.code(), help.stderr.len()), (Some(0), 0));
    assert!(help.stdout.starts_with(b"usage: tecp-verify-rs FILE "));
    // The options beside it are looked at all the same.
    for arguments in [
        &["--now", "--help"][..],
        &["--help", "--now"],
        &["--help", "--bad"],
        &["--bad", "--help"],
        &["--help=yes"],
        &["--help", "--lines=yes"],
    ] {
        let output = command(arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        assert!(is_reason(&output), "{arguments:?}");
    }
}

#[test]
fn a_dash_alone_is_the_name_of_a_file() {
    let folder = std::env::temp_dir().join(format!("tecp-rs-{}-dash", std::process::id()));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("-"), receipt().as_bytes()).unwrap();
    let start = || Command::new(env!("CARGO_BIN_EXE_tecp-verify-rs"));
    let codes = [&["-", "--now", NOW][..], &["--now", NOW, "--", "-"]]
        .map(|arguments| start().args(arguments).current_dir(&folder).output().unwrap().status.code());
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(codes, [Some(0); 2]);
}

#[cfg(unix)]
#[test]
fn arguments_may_be_any_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let file = Temporary::new("five", receipt().as_bytes());
    let folder = std::env::temp_dir().join(OsStr::from_bytes(b"tecp-rs-\xff\n"));
    for argument in [folder.as_os_str(), OsStr::from_bytes(b"--policy=\xff"), OsStr::from_bytes(b"-\xff")] {
        assert!(is_reason(&command(&[argument])), "{argument:?}");
    }
    for option in ["--policy", "--profile", "--now", "--issuer"] {
        let output = command(&[OsStr::new(file.path()), OsStr::new(option), OsStr::from_bytes(b"\xff")]);
        assert!(output.status.code() == Some(2) && is_reason(&output), "{option}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_exit_code_2() {
    let file = Temporary::new("six", receipt().as_bytes());
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let start = || Command::new(env!("CARGO_BIN_EXE_tecp-verify-rs"));
    for argument in [file.path(), "--help"] {
        let output = start().arg(argument).stdout(full()).output().unwrap();
        assert!(output.status.code() == Some(2) && is_reason(&output), "{argument}");
    }
    // Nor can the reason.
    let status = start().arg(file.path()).stdout(full()).stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn streams_that_are_open_the_wrong_way_are_exit_code_2() {
    let (file, requests) = (Temporary::new("seven", receipt().as_bytes()), Temporary::new("eight", b"{}\n"));
    let read_only = |file: &Temporary| fs::File::open(file.path()).unwrap();
    let start = || Command::new(env!("CARGO_BIN_EXE_tecp-verify-rs"));

    let write_only = fs::OpenOptions::new().append(true).open(requests.path()).unwrap();
    let output = start().arg("--lines").stdin(write_only).output().unwrap();
    assert!(output.status.code() == Some(2) && is_reason(&output));

    for argument in ["--lines", "--help", file.path()] {
        let output = start().arg(argument).stdin(read_only(&requests)).stdout(read_only(&file)).output().unwrap();
        assert!(output.status.code() == Some(2) && is_reason(&output), "{argument}");
    }
}

#[cfg(unix)]
#[test]
fn a_closed_input_is_an_empty_one() {
    let script = "exec \"$1\" --lines <&-";
    let program = env!("CARGO_BIN_EXE_tecp-verify-rs");
    let output = Command::new("/bin/sh").args(["-c", script, "sh", program]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len(), output.stderr.len()), (Some(0), 0, 0));
}

#[test]
fn each_line_is_answered_before_the_next_is_waited_for() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_tecp-verify-rs"))
        .arg("--lines")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut requests = process.stdin.take().unwrap();
    let mut answers = BufReader::new(process.stdout.take().unwrap()).lines();
    for (request, answer) in [
        ("", r#"{"error":"bad-request"}"#),
        (r#"{"op":"none"}"#, r#"{"error":"bad-request"}"#),
        (r#"{"op":"canonical","json":"WzEsIDJd"}"#, r#"{"canonical":"WzEsMl0="}"#),
    ] {
        writeln!(requests, "{request}").unwrap();
        assert_eq!(answers.next().unwrap().unwrap(), answer);
    }
    // The last line needs no newline.
    write!(requests, "[]").unwrap();
    drop(requests);
    assert_eq!(answers.next().unwrap().unwrap(), r#"{"error":"bad-request"}"#);
    assert!(answers.next().is_none());
    assert_eq!(process.wait().unwrap().code(), Some(0));
}

#[test]
fn a_line_above_16_mib_ends_the_command() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_tecp-verify-rs"))
        .arg("--lines")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut requests = process.stdin.take().unwrap();
    // The command may have ended before all of it is written.
    let _ = requests.write_all(&vec![b' '; 16 * 1024 * 1024 + 1]);
    drop(requests);
    let output = process.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(is_reason(&output));
}

#[test]
fn nobody_who_reads_the_answers_ends_the_command() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_tecp-verify-rs"))
        .arg("--lines")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(process.stdout.take());
    let mut requests = process.stdin.take().unwrap();
    writeln!(requests, "{{}}").unwrap();
    let output = process.wait_with_output().unwrap();
    drop(requests);
    assert!(output.status.code() == Some(2) && is_reason(&output));
}
