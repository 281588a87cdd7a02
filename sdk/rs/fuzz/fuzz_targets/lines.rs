//! Every request gets one answer, in canonical JSON and of one line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tecp::lines::answer_line;

fuzz_target!(|request: &[u8]| {
    let answer = answer_line(request);
    assert!(answer.starts_with(b"{") && !answer.contains(&b'\n'));
});
