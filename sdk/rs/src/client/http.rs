//! Requests with a deadline, a cap on the answer, and tries again where that helps. Redirects are refused.

use std::io::Read;
use std::num::{IntErrorKind, ParseIntError};
use std::thread;
use std::time::Duration;

use ureq::http::header::RETRY_AFTER;
use ureq::http::{Response, StatusCode, Uri};
use ureq::{Agent, Body};

use super::error::printable;
use super::{ClientError, Problem};
use crate::issuer::random;

const ATTEMPTS: u32 = 5;
const MAX_PAUSE: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// No clock gets as far as `Duration::MAX`, and to add it to the time would panic.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
/// Of a problem document; nothing that a log says of an error is longer.
const MAX_PROBLEM_BYTES: u64 = 8 * 1024;

/// The URL of a log, without the slashes at its end, if paths can be appended to it.
pub(super) fn prefix(url: &str) -> Option<&str> {
    let prefix = url.trim_end_matches('/');
    let uri: Uri = prefix.parse().ok()?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty());
    (is_web && !prefix.contains(['?', '#'])).then_some(prefix)
}

/// Connections to a log.
#[derive(Clone)]
pub(super) struct Http {
    agent: Agent,
}

/// A try that failed, and whether another one may succeed.
struct Failure {
    error: ClientError,
    again: bool,
    /// What the log asked for.
    retry_after: Option<Duration>,
}

impl Http {
    pub(super) fn new(timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout.min(MAX_TIMEOUT)))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("tecp-rs/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.into() }
    }

    /// The body of an answer of 200, of at most so many bytes.
    pub(super) fn get(&self, url: &str, max_bytes: u64) -> Result<Vec<u8>, ClientError> {
        retry(max_bytes, || self.agent.get(url).call())
    }

    /// The same to a request with a body.
    pub(super) fn post(
        &self,
        url: &str,
        media_type: &str,
        body: &[u8],
        max_bytes: u64,
    ) -> Result<Vec<u8>, ClientError> {
        retry(max_bytes, || self.agent.post(url).content_type(media_type).send(body))
    }
}

fn retry(max_bytes: u64, send: impl Fn() -> Result<Response<Body>, ureq::Error>) -> Result<Vec<u8>, ClientError> {
    let mut attempt = 1;
    loop {
        match once(max_bytes, &send) {
            Ok(body) => return Ok(body),
            Err(failure) if !failure.again || attempt == ATTEMPTS => return Err(failure.error),
            Err(failure) => thread::sleep(pause(attempt, failure.retry_after)),
        }
        attempt += 1;
    }
}

/// As long as the log asks for, or twice as long each time and not in step with others; at most 10 s.
fn pause(attempt: u32, retry_after: Option<Duration>) -> Duration {
    let [jitter] = random();
    let backoff = FIRST_PAUSE * 2u32.saturating_pow(attempt - 1);
    let scattered = backoff / 2 + backoff * u32::from(jitter) / 256;
    retry_after.unwrap_or(scattered).min(MAX_PAUSE)
}

fn once(max_bytes: u64, send: impl Fn() -> Result<Response<Body>, ureq::Error>) -> Result<Vec<u8>, Failure> {
    let mut answer = send()?;
    if answer.status() != StatusCode::OK {
        return Err(Failure::of_status(&mut answer));
    }
    Ok(answer.body_mut().with_config().limit(max_bytes).read_to_vec()?)
}

/// What is out of range is as long as can be.
fn seconds_of(text: &str) -> Option<u64> {
    match text.parse() {
        Ok(seconds) => Some(seconds),
        Err(error) => (*ParseIntError::kind(&error) == IntErrorKind::PosOverflow).then_some(u64::MAX),
    }
}

impl Failure {
    /// The status counts, whatever becomes of the body.
    fn of_status(answer: &mut Response<Body>) -> Self {
        let status = answer.status();
        let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| seconds_of(value.to_str().ok()?));
        let mut body = Vec::new();
        let _ = answer.body_mut().as_reader().take(MAX_PROBLEM_BYTES).read_to_end(&mut body);
        Self {
            error: ClientError::Problem(Problem::new(status.as_u16(), &body)),
            again: matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE),
            retry_after: seconds.map(Duration::from_secs),
        }
    }
}

impl From<ureq::Error> for Failure {
    fn from(error: ureq::Error) -> Self {
        let error = match error {
            ureq::Error::Timeout(_) => ClientError::Late,
            ureq::Error::BodyExceedsLimit(_) => ClientError::BadAnswer("above its size limit"),
            error => ClientError::Unreachable(printable(&error.to_string())),
        };
        let again = matches!(error, ClientError::Unreachable(_) | ClientError::Late);
        Self { error, again, retry_after: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_as_long_as_the_log_asks_for_and_ten_seconds_at_most() {
        let pause_of = |text| seconds_of(text).map(|seconds| pause(1, Some(Duration::from_secs(seconds))));
        assert_eq!(pause_of("3"), Some(Duration::from_secs(3)));
        assert_eq!(pause_of("11"), Some(MAX_PAUSE));
        assert_eq!(pause_of("99999999999999999999999"), Some(MAX_PAUSE));
        for text in ["", "-1", "1.5", "nan", "1e9", "Wed, 21 Oct 2015 07:28:00 GMT"] {
            assert_eq!(pause_of(text), None, "{text}");
        }
    }
}
