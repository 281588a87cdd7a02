//! All vectors of `sdk/vectors/` through the library: the authority on every verdict.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tecp::canonicalize;
use tecp::lines::answer_line;

#[test]
fn every_vector_gets_its_answer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors");
    let mut cases = 0;
    let mut wrong = Vec::new();
    let optional = folder.join("optional");
    for entry in fs::read_dir(folder).unwrap().chain(fs::read_dir(optional).unwrap()) {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".vectors.json") {
            continue;
        }
        let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for case in file["cases"].as_array().unwrap() {
            cases += 1;
            let answer = answer_line(case["request"].to_string().as_bytes());
            if answer != canonicalize(&case["answer"]).unwrap() {
                let answer = String::from_utf8_lossy(&answer);
                wrong.push(format!("{name}: {}: {answer}, expected {}", case["name"], case["answer"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cases} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases >= 360, "only {cases} cases");
}
