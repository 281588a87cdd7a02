//! A client of a log (`docs/API.md`): submits receipts, waits for proofs, fetches them.
//!
//! Blocking, one request at a time on each call, and safe to share between threads. An entry has one index for ever,
//! so whatever was refused for load or lost on the way is sent again. What a log hands out is not verified here: that
//! is for [`verify_receipt`](crate::verify_receipt) with a trust policy from elsewhere.

mod answer;
mod error;
mod http;
mod members;

use std::fmt;
use std::time::Duration;

use crate::bytes::to_hex;
use crate::error::OptionError;
use crate::merkle::Hash;
use crate::note::{MAX_NOTE_BYTES, VerifierKey};
use crate::receipt::{Receipt, attach_proof, receipt_leaf_hash};
use crate::shards::{ShardList, open_shard_list};
pub use answer::{Submitted, Warning};
pub use error::{ClientError, Problem};
use http::Http;

const ENTRIES: &str = "/v1/log/entries";
/// Answered once witnesses have cosigned.
const ENTRIES_WITH_PROOF: &str = "/v1/log/entries?wait=proof";

/// Most lines of one request, as logs take them.
const MAX_BATCH_LINES: usize = 1000;
/// Above any proof, and above a thousand answers without one.
const MAX_ANSWER_BYTES: u64 = 4 * 1024 * 1024;
/// Above a thousand proofs of 35 witnesses with two keys each.
const MAX_PROOFS_BYTES: u64 = 128 * 1024 * 1024;

/// How to talk to a log.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// For each try, its answer included, and a day at most. A log waits up to 10 s for its witnesses; 30 s by default.
    pub timeout: Duration,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30) }
    }
}

/// A client of one log. A user and a password in its URL are sent as Basic authorization, and shown nowhere.
#[derive(Clone)]
pub struct LogClient {
    /// Without a slash at its end, and without user and password.
    url: String,
    http: Http,
}

impl fmt::Debug for LogClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogClient").field("url", &self.url).finish_non_exhaustive()
    }
}

impl LogClient {
    /// A client of the log under this prefix, `http://` or `https://`.
    ///
    /// # Errors
    ///
    /// For an URL that is none, or a timeout of nothing.
    pub fn new(url: &str, options: ClientOptions) -> Result<Self, OptionError> {
        let parts = http::parts(url).ok_or(OptionError::new("url", "an http(s) URL without query and fragment"))?;
        if options.timeout.is_zero() {
            return Err(OptionError::new("timeout", "more than nothing"));
        }
        let (url, authorization) = parts;
        Ok(Self { url, http: Http::new(authorization, options.timeout) })
    }

    /// Logs a receipt and returns it with its proof, once witnesses have cosigned it: mostly within some seconds.
    ///
    /// # Errors
    ///
    /// [`ClientError`]. After the problem `proof-pending` the receipt is in the log; ask again later.
    pub fn log(&self, receipt: &Receipt) -> Result<Receipt, ClientError> {
        with_proof(receipt, self.submit_to(ENTRIES_WITH_PROOF, receipt)?)
    }

    /// Logs any number of receipts, a thousand in a request, and returns each with its proof, or why it was refused, in
    /// their order. One with the problem `proof-pending` is in the log; log it again later.
    ///
    /// # Errors
    ///
    /// [`ClientError`]; the receipts may be in the log, and logging them again is safe.
    pub fn log_many(&self, receipts: &[Receipt]) -> Result<Vec<Result<Receipt, Problem>>, ClientError> {
        let results = self.submit_many_to(ENTRIES_WITH_PROOF, receipts, MAX_PROOFS_BYTES)?;
        let pairs = receipts.iter().zip(results);
        let logged = pairs.map(|(receipt, result)| match result {
            Ok(submitted) => with_proof(receipt, submitted).map(Ok),
            Err(problem) => Ok(Err(problem)),
        });
        logged.collect()
    }

    /// Submits a receipt. It is durable in the log when this returns; its proof can be had a little later.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub fn submit(&self, receipt: &Receipt) -> Result<Submitted, ClientError> {
        self.submit_to(ENTRIES, receipt)
    }

    /// Submits any number of receipts, a thousand in a request. A receipt that is refused spoils only itself: the
    /// results are in the order of the receipts.
    ///
    /// # Errors
    ///
    /// [`ClientError`]; the receipts may be in the log, and submitting them again is safe.
    pub fn submit_many(&self, receipts: &[Receipt]) -> Result<Vec<Result<Submitted, Problem>>, ClientError> {
        self.submit_many_to(ENTRIES, receipts, MAX_ANSWER_BYTES)
    }

    fn submit_to(&self, path: &str, receipt: &Receipt) -> Result<Submitted, ClientError> {
        let url = format!("{}{path}", self.url);
        let body = self.http.post(&url, "application/json", receipt.entry(), MAX_ANSWER_BYTES)?;
        answer::submitted(&body, &receipt_leaf_hash(receipt))
    }

    fn submit_many_to(
        &self,
        path: &str,
        receipts: &[Receipt],
        max_bytes: u64,
    ) -> Result<Vec<Result<Submitted, Problem>>, ClientError> {
        let url = format!("{}{path}", self.url);
        let mut results = Vec::with_capacity(receipts.len());
        for batch in receipts.chunks(MAX_BATCH_LINES) {
            let lines: Vec<u8> = batch.iter().flat_map(|receipt| [receipt.entry(), b"\n"].concat()).collect();
            let body = self.http.post(&url, "application/x-ndjson", &lines, max_bytes)?;
            results.extend(answer::batch(&body, batch)?);
        }
        Ok(results)
    }

    /// The text of a proof of the entry with this leaf hash, as the log chooses it. A log that has no proof yet answers
    /// with the problem `not-found`.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub fn proof(&self, leaf_hash: &Hash) -> Result<String, ClientError> {
        self.get_proof(&format!("leaf={}", to_hex(leaf_hash)))
    }

    /// The same of the entry at a zero-based index.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub fn proof_at(&self, index: u64) -> Result<String, ClientError> {
        self.get_proof(&format!("index={index}"))
    }

    /// The operator's list of his logs, which any of them serves, opened as by
    /// [`open_shard_list`](crate::open_shard_list).
    ///
    /// # Errors
    ///
    /// [`ClientError`], and [`ClientError::BadList`] for a list that is not to be believed.
    pub fn shard_list(
        &self,
        operator: &VerifierKey,
        now_ms: u64,
        before: Option<&ShardList>,
    ) -> Result<ShardList, ClientError> {
        let body = self.http.get(&format!("{}/v1/log/shards", self.url), MAX_NOTE_BYTES as u64)?;
        let note = String::from_utf8(body).map_err(|_| ClientError::BadAnswer("not UTF-8"))?;
        open_shard_list(&note, operator, now_ms, before).map_err(ClientError::BadList)
    }

    fn get_proof(&self, query: &str) -> Result<String, ClientError> {
        let body = self.http.get(&format!("{}/v1/log/proof?{query}", self.url), MAX_ANSWER_BYTES)?;
        String::from_utf8(body).map_err(|_| ClientError::BadAnswer("not UTF-8"))
    }
}

/// A receipt with the proof that a log handed out for it.
fn with_proof(receipt: &Receipt, submitted: Submitted) -> Result<Receipt, ClientError> {
    let proof = submitted.proof.filter(|proof| !proof.is_empty()).ok_or(ClientError::BadAnswer("expected a proof"))?;
    attach_proof(receipt, &proof).map_err(|_| ClientError::BadAnswer("proof above the size of a receipt"))
}
