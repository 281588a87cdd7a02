//! `tecp-verify-rs` (`docs/spec/verifier.md`): judges one receipt in a file, or answers requests line by line.
//!
//! It opens no connection and writes no file. Exit code 2, with a reason on standard error: nothing was judged, or the
//! answer could not be written.

#![forbid(unsafe_code)]

mod arguments;
mod one;
mod stdio;

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::ExitCode;

use arguments::Task;
use tecp::lines::{answer_line, printable, verdict_line};

const USAGE: &str = "\
usage: tecp-verify-rs FILE [--policy FILE] [--profile NAME] [--now MS] [--issuer KEY]...
       tecp-verify-rs --lines
       tecp-verify-rs --help
";

/// Most bytes of a request, its newline not counted.
const MAX_LINE_BYTES: u64 = 16 * 1024 * 1024;

/// Why there is no answer.
type Unusable = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(std::env::args_os().skip(1)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(reason) => {
            // One line, whatever a file is called.
            let reason = printable(&reason.to_string());
            // `eprintln!` would panic where this cannot be written either.
            let _ = writeln!(io::stderr(), "tecp-verify-rs: {reason}");
            ExitCode::from(2)
        }
    }
}

/// Whether what was judged is valid.
fn run(arguments: impl Iterator<Item = OsString>) -> Result<bool, Unusable> {
    let task = Task::parse(arguments)?;
    let mut answers = stdio::output()?;
    match task {
        Task::Help => {
            write_out(&mut answers, USAGE.as_bytes())?;
            Ok(true)
        }
        Task::Lines => {
            answer_lines(BufReader::new(stdio::input()?), answers)?;
            Ok(true)
        }
        Task::Judge(options) => {
            let verdict = one::judge_file(&options)?;
            write_line(&mut answers, verdict_line(&verdict))?;
            Ok(verdict.valid)
        }
    }
}

/// Requests from one stream, answers to another, in their order. Each answer is written out before the next request
/// is waited for.
fn answer_lines(mut requests: impl BufRead, mut answers: impl Write) -> Result<(), Unusable> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut requests).take(MAX_LINE_BYTES + 1).read_until(b'\n', &mut line);
        if read.map_err(|error| format!("standard input: {error}"))? == 0 {
            return Ok(());
        }
        let request = line.strip_suffix(b"\n").unwrap_or(&line);
        if request.len() as u64 > MAX_LINE_BYTES {
            return Err(format!("standard input: expected lines of at most {MAX_LINE_BYTES} bytes").into());
        }
        write_line(&mut answers, answer_line(request))?;
    }
}

fn write_line(out: &mut impl Write, mut line: Vec<u8>) -> Result<(), Unusable> {
    line.push(b'\n');
    write_out(out, &line)
}

fn write_out(out: &mut impl Write, bytes: &[u8]) -> Result<(), Unusable> {
    let written = out.write_all(bytes).and_then(|()| out.flush());
    written.map_err(|error| format!("standard output: {error}").into())
}
