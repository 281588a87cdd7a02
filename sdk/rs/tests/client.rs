//! The client of a log: against a small server on the loopback that answers what a test says, and against a real log
//! where `TECP_TEST_LOG_URL` names one and `TECP_TEST_POLICY` the file of its trust policy.

#![cfg(feature = "client")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding};
use serde_json::json;
use tecp::{
    ClientError, ClientOptions, IssuerKey, LogClient, Receipt, ReceiptParams, VerifyOptions, create_receipt,
    parse_policy, parse_shard_list, parse_verifier_key, receipt_leaf_hash, verify_receipt,
};

/// What a server does with one request.
#[derive(Clone)]
enum Reply {
    /// A status, header lines, and a body.
    Answer(u16, &'static str, Vec<u8>),
    /// These bytes, and the end of the connection.
    Raw(&'static [u8]),
    /// Closes the connection.
    Hang,
    /// Never answers.
    Silence,
}

/// A server that makes one reply after another, the last of them for ever, and remembers the requests.
struct Server {
    url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

#[derive(Clone, Debug, Default)]
struct Request {
    /// Its first line and its body.
    text: String,
    authorization: Option<String>,
}

impl Server {
    fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/log/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            let mut silent = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = read_request(&mut stream) else { continue };
                let mut seen = seen.lock().unwrap();
                let reply = replies.get(seen.len()).or(replies.last()).unwrap().clone();
                seen.push(request);
                match reply {
                    Reply::Answer(status, headers, body) => {
                        let length = body.len();
                        let head = format!(
                            "HTTP/1.1 {status} x\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
                        );
                        // A client that has had enough closes first.
                        let _ = stream.write_all(&[head.as_bytes(), &body].concat());
                    }
                    Reply::Raw(bytes) => stream.write_all(bytes).unwrap(),
                    Reply::Hang => drop(stream),
                    Reply::Silence => silent.push(stream),
                }
            }
        });
        Self { url, requests }
    }

    fn client(&self) -> LogClient {
        LogClient::new(&self.url, ClientOptions::default()).unwrap()
    }

    /// First lines and bodies, in their order.
    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|request| request.text.clone()).collect()
    }
}

fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|&count| count > 0)?;
    let (mut length, mut authorization) = (0, None);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match &*name.to_ascii_lowercase() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { text: format!("{}{}", first.trim_end(), String::from_utf8(body).ok()?), authorization })
}

fn receipt() -> Receipt {
    let key = IssuerKey::generate();
    create_receipt(&ReceiptParams::new(&key, "git:0123abcd", b"in", b"out")).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn submitted(receipt: &Receipt, more: serde_json::Value) -> serde_json::Value {
    let leaf_hash = hex(&receipt_leaf_hash(receipt));
    let mut answer = json!({"leaf_index": 7, "leaf_hash": leaf_hash, "duplicate": false});
    answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    answer
}

fn ok(body: impl ToString) -> Reply {
    Reply::Answer(200, "", body.to_string().into_bytes())
}

fn problem(status: u16, code: &str) -> Reply {
    let body = json!({"status": status, "code": code, "detail": "because"});
    Reply::Answer(status, "", body.to_string().into_bytes())
}

#[test]
fn a_receipt_comes_back_with_its_proof() {
    let receipt = receipt();
    let server = Server::start(vec![ok(submitted(&receipt, json!({"proof": "the proof"})))]);
    let logged = server.client().log(&receipt).unwrap();
    assert_eq!(logged.proof(), Some("the proof"));
    assert_eq!(receipt_leaf_hash(&logged), receipt_leaf_hash(&receipt));
    let body = receipt.to_string();
    assert_eq!(server.requests(), [format!("POST /log/v1/log/entries?wait=proof HTTP/1.1{body}")]);
    // What has a proof is submitted without it.
    server.client().submit(&logged).unwrap();
    assert_eq!(server.requests()[1], format!("POST /log/v1/log/entries HTTP/1.1{body}"));
}

#[test]
fn what_is_refused_for_load_or_lost_is_sent_again() {
    let receipt = receipt();
    let last = ok(submitted(&receipt, json!({"warnings": [{"code": "W-TS-002", "message": "m", "field": "ts"}]})));
    let replies = vec![problem(503, "overloaded"), problem(429, "rate-limited"), Reply::Hang, last];
    let server = Server::start(replies);
    let submitted = server.client().submit(&receipt).unwrap();
    assert_eq!((submitted.index, submitted.duplicate), (7, false));
    assert_eq!(submitted.leaf_hash, receipt_leaf_hash(&receipt));
    assert_eq!(submitted.warnings[0].code, "W-TS-002");
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn the_fifth_try_is_the_last() {
    let server = Server::start(vec![problem(503, "proof-pending")]);
    let error = server.client().log(&receipt()).unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!((error.code(), problem.status, problem.code.as_deref()), ("problem", 503, Some("proof-pending")));
    assert_eq!(server.requests().len(), 5);
}

/// A log that asks for no pause gets no burst.
#[test]
fn a_pause_grows_whatever_the_log_asks_for() {
    let server = Server::start(vec![Reply::Answer(503, "Retry-After: 0\r\n", vec![])]);
    let start = Instant::now();
    server.client().proof_at(0).unwrap_err();
    // Half of 200, 400, 800 and 1600 ms, which is the least.
    assert!(start.elapsed() >= Duration::from_millis(1500) && server.requests().len() == 5, "{:?}", start.elapsed());
}

#[test]
fn other_problems_and_redirects_are_final() {
    for reply in [
        problem(400, "E-TS-002"),
        problem(404, "not-found"),
        problem(500, "internal"),
        Reply::Answer(302, "Location: http://127.0.0.1:1/\r\n", vec![]),
        Reply::Answer(308, "Location: ://\r\n", vec![]),
    ] {
        let server = Server::start(vec![reply]);
        assert_eq!(server.client().submit(&receipt()).unwrap_err().code(), "problem");
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn answers_that_are_none_are_refused() {
    let receipt = receipt();
    let other = submitted(&receipt, json!({"leaf_hash": "00".repeat(32)}));
    let too_large = format!("\"{}\"", "a".repeat(5 * 1024 * 1024));
    let no_index = submitted(&receipt, json!({"leaf_index": -1}));
    let large_index = submitted(&receipt, json!({"leaf_index": 9_007_199_254_740_992_u64}));
    let others = [other, no_index, large_index].map(|answer| answer.to_string());
    for body in ["".to_owned(), "null".to_owned(), "{}".to_owned(), too_large].into_iter().chain(others) {
        let server = Server::start(vec![ok(&body)]);
        assert_eq!(server.client().submit(&receipt).unwrap_err().code(), "bad-answer", "{:.40}", body);
        assert_eq!(server.requests().len(), 1);
    }
    for more in [json!({}), json!({"proof": null}), json!({"proof": ""}), json!({"proof": 1})] {
        let server = Server::start(vec![ok(submitted(&receipt, more.clone()))]);
        assert_eq!(server.client().log(&receipt).unwrap_err().code(), "bad-answer", "{more}");
        assert_eq!(server.requests().len(), 1);
    }
    // No text of a log is changed: a lone surrogate is none.
    for more in [json!({"proof": "a ? proof"}), json!({"proof": "p", "warnings": [{"code": "W", "message": "?"}]})] {
        let answer = submitted(&receipt, more).to_string().replace('?', "\\ud800");
        assert_eq!(
            Server::start(vec![ok(&answer)]).client().log(&receipt).unwrap_err().code(),
            "bad-answer",
            "{answer}"
        );
    }
}

#[test]
fn a_refusal_in_a_batch_needs_a_status_alone() {
    let receipts = [receipt()];
    for status in [100, 204, 400, 503, 999] {
        // The last line needs no newline.
        let server = Server::start(vec![ok(json!({"status": status, "code": 7, "field": null}))]);
        let problem = server.client().submit_many(&receipts).unwrap().remove(0).unwrap_err();
        assert_eq!((problem.status, problem.code), (status, None));
    }
    for status in [json!(0), json!(99), json!(1000), json!(-400), json!(400.5), json!("400"), json!(null)] {
        let server = Server::start(vec![ok(json!({"status": status}))]);
        assert_eq!(server.client().submit_many(&receipts).unwrap_err().code(), "bad-answer", "{status}");
    }
}

#[test]
fn many_receipts_get_a_result_each_in_their_order() {
    let receipts = [receipt(), receipt()];
    let good = submitted(&receipts[0], json!({"status": 200}));
    let bad = json!({"status": 400, "code": "E-TS-003", "detail": "too old", "field": "ts"});
    let server = Server::start(vec![ok(format!("{good}\n{bad}\n")), ok(format!("{good}\n"))]);
    let results = server.client().submit_many(&receipts).unwrap();
    assert_eq!(results[0].as_ref().unwrap().index, 7);
    let problem = results[1].as_ref().unwrap_err();
    assert_eq!(
        (problem.status, problem.code.as_deref(), problem.field.as_deref()),
        (400, Some("E-TS-003"), Some("ts"))
    );
    let lines = format!("{}\n{}\n", receipts[0], receipts[1]);
    assert_eq!(server.requests(), [format!("POST /log/v1/log/entries HTTP/1.1{lines}")]);
    assert_eq!(server.client().submit_many(&receipts).unwrap_err().code(), "bad-answer");
    assert!(server.client().submit_many(&[]).unwrap().is_empty());
}

#[test]
fn many_receipts_come_back_with_their_proofs_a_thousand_at_a_time() {
    let receipts: Vec<Receipt> = (0..1001).map(|_| receipt()).collect();
    let refused = 500;
    let answers = receipts.iter().enumerate().map(|(i, receipt)| {
        if i == refused {
            json!({"status": 503, "code": "proof-pending"})
        } else {
            submitted(receipt, json!({"status": 200, "proof": format!("proof {i}")}))
        }
    });
    let lines: Vec<String> = answers.map(|answer| format!("{answer}\n")).collect();
    let server = Server::start(vec![ok(lines[..1000].concat()), ok(&lines[1000])]);
    let results = server.client().log_many(&receipts).unwrap();
    assert_eq!(results.len(), receipts.len());
    for (i, (result, receipt)) in results.iter().zip(&receipts).enumerate() {
        match result {
            Ok(logged) => {
                assert_eq!(logged.proof(), Some(&*format!("proof {i}")));
                assert_eq!(logged.entry(), receipt.entry());
            }
            Err(problem) => assert_eq!((i, problem.code.as_deref()), (refused, Some("proof-pending"))),
        }
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].starts_with("POST /log/v1/log/entries?wait=proof HTTP/1.1{"));

    let no_proof = submitted(&receipts[0], json!({"status": 200}));
    let other = submitted(&receipts[1], json!({"status": 200, "proof": "a proof"}));
    for answer in [no_proof, other] {
        let server = Server::start(vec![ok(answer)]);
        assert_eq!(server.client().log_many(&receipts[..1]).unwrap_err().code(), "bad-answer");
    }
}

#[test]
fn what_a_log_adds_to_its_answers_is_passed_over() {
    let receipt = receipt();
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    let more = format!(r#"{{"a":1.5,"b":1e999,"c":"\ud800","d":{deep},"e":null,"#);
    let with_more = |object: serde_json::Value| object.to_string().replace('{', &more);
    let answer = submitted(&receipt, json!({"warnings": [{"code": "W-TS-002"}]}));
    let submitted = Server::start(vec![ok(with_more(answer))]).client().submit(&receipt).unwrap();
    assert_eq!((submitted.index, submitted.warnings[0].code.as_str()), (7, "W-TS-002"));

    let body = with_more(json!({"code": "E-TS-003"})).into_bytes();
    let error = Server::start(vec![Reply::Answer(400, "", body)]).client().submit(&receipt).unwrap_err();
    assert_eq!(error.problem().unwrap().code.as_deref(), Some("E-TS-003"));
}

#[test]
fn the_status_of_a_problem_counts_whatever_its_body_is() {
    let long = format!("{{\"code\":\"{}\"}}", "a".repeat(5 * 1024 * 1024)).into_bytes();
    let texts: [&[u8]; 6] = [b"", b"{", b"\xff", b"[]", b"{\"code\":1}", b"{\"code\":\"a\",\"detail\":\"\\ud800\"}"];
    let cut_off = b"HTTP/1.1 400 x\r\nContent-Length: 500\r\n\r\n{\"code\":\"a\"}";
    let answers = texts.map(<[u8]>::to_vec).into_iter().chain([long]).map(|body| Reply::Answer(400, "", body));
    for reply in answers.chain([Reply::Raw(cut_off)]) {
        let server = Server::start(vec![reply]);
        let error = server.client().submit(&receipt()).unwrap_err();
        let problem = error.problem().unwrap();
        assert_eq!((problem.status, &problem.code, server.requests().len()), (400, &None, 1));
    }
    let server = Server::start(vec![Reply::Answer(503, "", b"{".to_vec())]);
    assert_eq!(server.client().submit(&receipt()).unwrap_err().problem().unwrap().status, 503);
    assert_eq!(server.requests().len(), 5);
}

#[test]
fn no_message_repeats_what_steers_a_terminal() {
    let detail = "a\u{1b}[31m\u{0}\n\u{7f}\u{9f}\"é\u{202e}b\u{2028}\u{2029}\u{200b}";
    let body = json!({"code": "c\u{7}", "detail": detail}).to_string().into_bytes();
    let error = Server::start(vec![Reply::Answer(400, "", body)]).client().submit(&receipt()).unwrap_err();
    let text = error.to_string().replace('\u{fffd}', "?");
    assert_eq!(text, "the log answered status 400: c?: a?[31m????\"é?b???");
    assert_eq!(error.problem().unwrap().detail.as_deref(), Some(detail));
}

#[test]
fn proofs_are_fetched_by_leaf_hash_and_by_index() {
    let server = Server::start(vec![ok("a proof\n")]);
    assert_eq!(server.client().proof(&[0xab; 32]).unwrap(), "a proof\n");
    assert_eq!(server.client().proof_at(12).unwrap(), "a proof\n");
    let leaf = "ab".repeat(32);
    let paths =
        [format!("GET /log/v1/log/proof?leaf={leaf} HTTP/1.1"), "GET /log/v1/log/proof?index=12 HTTP/1.1".into()];
    assert_eq!(server.requests(), paths);
}

#[test]
fn a_log_that_stays_silent_is_late() {
    let server = Server::start(vec![Reply::Silence]);
    let options = ClientOptions { timeout: Duration::from_millis(500) };
    let client = LogClient::new(&server.url, options).unwrap();
    assert_eq!(client.proof_at(0).unwrap_err(), ClientError::Late);
    assert_eq!(server.requests().len(), 5);
}

#[test]
fn a_client_without_a_timeout_is_one() {
    let server = Server::start(vec![ok("a proof\n")]);
    let client = LogClient::new(&server.url, ClientOptions { timeout: Duration::MAX }).unwrap();
    assert_eq!(client.proof_at(0).unwrap(), "a proof\n");
}

#[test]
fn a_password_in_a_url_is_not_shown() {
    let url = "http://name:secret@127.0.0.1:1";
    let client = LogClient::new(url, ClientOptions { timeout: Duration::from_millis(1) }).unwrap();
    let error = client.proof_at(0).unwrap_err();
    let shown = format!("{client:?} {client:#?} {error:?} {error}");
    assert!(!shown.contains("name") && !shown.contains("secret"), "{shown}");
}

#[test]
fn the_user_and_the_password_of_a_url_are_sent_as_they_are_meant() {
    for (credentials, authorization) in [
        ("", None),
        ("name:secret@", Some("Basic bmFtZTpzZWNyZXQ=")),
        ("some%40body:sec%3Ar%C3%A9t@", Some("Basic c29tZUBib2R5OnNlYzpyw6l0")),
        ("name@", Some("Basic bmFtZTo=")),
    ] {
        let server = Server::start(vec![ok("a proof")]);
        let url = server.url.replace("://", &format!("://{credentials}"));
        LogClient::new(&url, ClientOptions::default()).unwrap().proof_at(0).unwrap();
        let requests = server.requests.lock().unwrap();
        assert_eq!(requests[0].authorization.as_deref(), authorization, "{credentials}");
        assert_eq!(requests[0].text, "GET /log/v1/log/proof?index=0 HTTP/1.1");
    }
}

#[test]
fn urls_that_are_none_are_a_mistake_of_the_program() {
    for url in ["", "log.example", "ftp://log.example", "http://", "https:///x", "https://log.example/?a", "http://a#b"]
    {
        assert_eq!(LogClient::new(url, ClientOptions::default()).unwrap_err().field(), "url", "{url}");
    }
    let never = ClientOptions { timeout: Duration::ZERO };
    assert_eq!(LogClient::new("http://log.example", never).unwrap_err().field(), "timeout");
}

/// Skipped where no log is given.
#[test]
fn a_real_log_takes_receipts_and_proves_them() {
    let Ok(url) = std::env::var("TECP_TEST_LOG_URL") else { return };
    let policy = std::fs::read_to_string(std::env::var("TECP_TEST_POLICY").unwrap()).unwrap();
    let policy = parse_policy(&policy).unwrap();
    let client = LogClient::new(&url, ClientOptions::default()).unwrap();
    let receipt = receipt();
    let logged = client.log(&receipt).unwrap();
    let options = VerifyOptions { policy: Some(&policy), ..VerifyOptions::at(receipt.ts()) };
    let verdict = verify_receipt(logged.as_bytes(), &options).unwrap();
    assert!(verdict.valid && verdict.logged_at.is_some(), "{verdict:?}");
    let again = client.submit(&receipt).unwrap();
    assert!(again.duplicate);
    assert_eq!(Some(again.index), verdict.index);
    let attach = |proof: String| verify_receipt(tecp::attach_proof(&receipt, &proof).unwrap().as_bytes(), &options);
    assert!(attach(client.proof(&again.leaf_hash).unwrap()).unwrap().valid);
    assert!(attach(client.proof_at(again.index).unwrap()).unwrap().valid);
    let many = client.log_many(&[receipt.clone(), self::receipt()]).unwrap();
    for logged in many {
        assert!(verify_receipt(logged.unwrap().as_bytes(), &options).unwrap().valid);
    }
    let results = client.submit_many(&[receipt, self::receipt()]).unwrap();
    assert!(results[0].as_ref().unwrap().duplicate && !results[1].as_ref().unwrap().duplicate);
}

#[test]
fn a_list_of_shards_is_fetched_and_no_older_one_after_it() {
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/optional/shards.vectors.json")).unwrap();
    let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let request = |name: &str| {
        let cases = file["cases"].as_array().unwrap().iter();
        cases.clone().find(|case| case["name"] == name).unwrap()["request"].clone()
    };
    let note = |name: &str| Base64::decode_vec(request(name)["note"].as_str().unwrap()).unwrap();
    let (first, second) = (note("a list of two"), note("a rotation"));
    let operator = parse_verifier_key(request("a list of two")["key"].as_str().unwrap()).unwrap();
    let now_ms = request("a list of two")["now"].as_u64().unwrap();
    let replies = [(503, &b""[..]), (200, &first), (200, &second), (200, &first)];
    let server = Server::start(replies.map(|(status, body)| Reply::Answer(status, "", body.to_vec())).to_vec());
    let client = LogClient::new(&server.url, ClientOptions::default()).unwrap();

    let list = client.shard_list(&operator, now_ms, None).unwrap();
    assert_eq!(list.shard_to_write().unwrap().url, "https://log.example/2026");
    let kept = parse_shard_list(list.text()).unwrap();
    let rotated = client.shard_list(&operator, now_ms, Some(&kept)).unwrap();
    assert_eq!(rotated.shard_to_write().unwrap().key.name(), "log.example/2027");
    for (now_ms, before) in [(now_ms, Some(&rotated)), (u64::MAX, None)] {
        let error = client.shard_list(&operator, now_ms, before).unwrap_err();
        assert_eq!(error.code(), "bad-list");
        assert!(matches!(error, ClientError::BadList(error) if error.code().as_str() == "stale"));
    }
}
