//! Requests with a deadline, a cap on the answer, and tries again where that helps. Redirects are refused.

use std::io::Read;
use std::thread;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use ureq::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use ureq::http::{Response, StatusCode, Uri};
use ureq::{Agent, Body, RequestBuilder};

use super::{ClientError, Problem};
use crate::base64;
use crate::issuer::random;
use crate::printable::printable;

const ATTEMPTS: u32 = 5;
const MAX_PAUSE: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// No clock gets as far as `Duration::MAX`, and to add it to the time would panic.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
/// Of a problem document; nothing that a log says of an error is longer.
const MAX_PROBLEM_BYTES: u64 = 8 * 1024;

/// The URL of a log, without the slashes at its end, if paths can be appended to it; and what its user and password are
/// as authorization, which are taken out of it.
pub(super) fn parts(url: &str) -> Option<(String, Option<HeaderValue>)> {
    let prefix = url.trim_end_matches('/');
    let uri: Uri = prefix.parse().ok()?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty());
    if !is_web || prefix.contains(['?', '#']) {
        return None;
    }
    let Some((credentials, _)) = uri.authority()?.as_str().rsplit_once('@') else {
        return Some((prefix.to_owned(), None));
    };
    Some((prefix.replacen(&format!("{credentials}@"), "", 1), Some(basic(credentials)?)))
}

/// Of `user:password` in percent-encoding, or `user`.
fn basic(credentials: &str) -> Option<HeaderValue> {
    let mut decoded: Vec<u8> = percent_decode_str(credentials).collect();
    if !credentials.contains(':') {
        decoded.push(b':');
    }
    HeaderValue::try_from(format!("Basic {}", base64::encode(&decoded))).ok()
}

/// Connections to a log.
#[derive(Clone)]
pub(super) struct Http {
    agent: Agent,
    authorization: Option<HeaderValue>,
}

/// A try that failed, and whether another one may succeed.
struct Failure {
    error: ClientError,
    again: bool,
    /// What the log asked for, or nothing.
    retry_after: Duration,
}

impl Http {
    pub(super) fn new(authorization: Option<HeaderValue>, timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout.min(MAX_TIMEOUT)))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("tecp-rs/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.into(), authorization }
    }

    /// The body of an answer of 200, of at most so many bytes.
    pub(super) fn get(&self, url: &str, max_bytes: u64) -> Result<Vec<u8>, ClientError> {
        retry(max_bytes, || self.authorized(self.agent.get(url)).call())
    }

    /// The same to a request with a body.
    pub(super) fn post(
        &self,
        url: &str,
        media_type: &str,
        body: &[u8],
        max_bytes: u64,
    ) -> Result<Vec<u8>, ClientError> {
        retry(max_bytes, || self.authorized(self.agent.post(url)).content_type(media_type).send(body))
    }

    fn authorized<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        match &self.authorization {
            Some(value) => request.header(AUTHORIZATION, value),
            None => request,
        }
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

/// As long as the log asks for, and at least twice as long each time and not in step with others; at most 10 s.
fn pause(attempt: u32, retry_after: Duration) -> Duration {
    let [jitter] = random();
    let backoff = FIRST_PAUSE * 2u32.saturating_pow(attempt - 1);
    let scattered = backoff / 2 + backoff * u32::from(jitter) / 256;
    scattered.max(retry_after).min(MAX_PAUSE)
}

fn once(max_bytes: u64, send: impl Fn() -> Result<Response<Body>, ureq::Error>) -> Result<Vec<u8>, Failure> {
    let mut answer = send()?;
    if answer.status() != StatusCode::OK {
        return Err(Failure::of_status(&mut answer));
    }
    Ok(answer.body_mut().with_config().limit(max_bytes).read_to_vec()?)
}

/// In digits alone, of which too many are as long as can be; anything else asks for nothing.
fn retry_after(headers: &HeaderMap) -> Duration {
    let text = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { Duration::from_secs(text.parse().unwrap_or(u64::MAX)) } else { Duration::ZERO }
}

impl Failure {
    /// The status counts, whatever becomes of the body; one that is not whole is as good as none.
    fn of_status(answer: &mut Response<Body>) -> Self {
        let status = answer.status();
        let retry_after = retry_after(answer.headers());
        let mut body = Vec::new();
        if answer.body_mut().as_reader().take(MAX_PROBLEM_BYTES).read_to_end(&mut body).is_err() {
            body.clear();
        }
        Self {
            error: ClientError::Problem(Problem::new(status.as_u16(), &body)),
            again: matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE),
            retry_after,
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
        Self { error, again, retry_after: Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_as_long_as_the_log_asks_for_and_ten_seconds_at_most() {
        let pause_of = |attempt, text: &'static str| {
            let asked = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            pause(attempt, retry_after(&asked))
        };
        assert_eq!(pause_of(1, "3"), Duration::from_secs(3));
        assert_eq!(pause_of(1, "11"), MAX_PAUSE);
        assert_eq!(pause_of(1, "99999999999999999999999"), MAX_PAUSE);
        for text in ["", "0", "+4", "-4", "4.5", "4e0", "0x4", "nan", "4, 4", "Wed, 21 Oct 2015 07:28:00 GMT"] {
            for (attempt, least_ms) in [(1, 100), (2, 200), (3, 400), (4, 800)] {
                let pause = pause_of(attempt, text).as_millis();
                assert!((least_ms..3 * least_ms).contains(&pause), "{text}: {pause}");
            }
        }
    }
}
