//! `tecp-verify-rs` (`docs/spec/verifier.md`): judges one receipt in a file, or answers requests line by line.
//!
//! It opens no connection and writes no file. Exit code 2, with a reason on standard error: nothing was judged.

#![forbid(unsafe_code)]

mod one;

use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;

const USAGE: &str = "usage: tecp-verify-rs FILE [--policy FILE] [--profile NAME] [--now MS] [--issuer KEY]...
       tecp-verify-rs --lines";

/// Most bytes of a request, its newline not counted.
const MAX_LINE_BYTES: u64 = 16 * 1024 * 1024;

/// Why nothing was judged.
type Unusable = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::from(2)
        }
    }
}

/// Whether what was judged is valid.
fn run(arguments: Vec<String>) -> Result<bool, Unusable> {
    if arguments == ["--lines"] {
        answer_lines(io::stdin().lock(), io::stdout().lock())?;
        return Ok(true);
    }
    let (line, valid) = one::judge_file(&one::Options::parse(arguments)?)?;
    // `println!` would panic where there is no room.
    writeln!(io::stdout(), "{line}")?;
    Ok(valid)
}

/// Requests from one stream, answers to another, in their order. Each answer is written out before the next request
/// is waited for.
fn answer_lines(mut requests: impl BufRead, mut answers: impl Write) -> Result<(), Unusable> {
    let mut line = Vec::new();
    loop {
        line.clear();
        (&mut requests).take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(());
        }
        let request = line.strip_suffix(b"\n").unwrap_or(&line);
        if request.len() as u64 > MAX_LINE_BYTES {
            return Err(format!("expected lines of at most {MAX_LINE_BYTES} bytes").into());
        }
        let mut answer = tecp::lines::answer_line(request);
        answer.push(b'\n');
        answers.write_all(&answer)?;
        answers.flush()?;
    }
}
