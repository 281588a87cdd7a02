//! A client of a log (`docs/API.md`): submits receipts, waits for proofs, fetches them.
//!
//! Blocking, one request at a time on each call, and safe to share between threads. An entry has one index for ever,
//! so whatever was refused for load or lost on the way is sent again. What a log hands out is not verified here: that
//! is for [`verify_receipt`](crate::verify_receipt) with a trust policy from elsewhere.

mod answer;
mod error;
mod http;

use std::time::Duration;

use crate::bytes::to_hex;
use crate::error::OptionError;
use crate::merkle::Hash;
use crate::receipt::{Receipt, attach_proof, receipt_leaf_hash};
pub use answer::{Submitted, Warning};
pub use error::{ClientError, Problem};
use http::Http;

/// Most lines of one request, as logs take them.
const MAX_BATCH_LINES: usize = 1000;

/// How to talk to a log.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// For each try, its answer included. A log waits up to 10 s for its witnesses; 30 s by default.
    pub timeout: Duration,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30) }
    }
}

/// A client of one log.
#[derive(Clone, Debug)]
pub struct LogClient {
    /// Without a slash at its end.
    url: String,
    http: Http,
}

impl LogClient {
    /// A client of the log under this prefix, `http://` or `https://`.
    ///
    /// # Errors
    ///
    /// For an URL that is none, or a timeout of nothing.
    pub fn new(url: &str, options: ClientOptions) -> Result<Self, OptionError> {
        let prefix = http::prefix(url).ok_or(OptionError::new("url", "an http(s) URL without query and fragment"))?;
        if options.timeout.is_zero() {
            return Err(OptionError::new("timeout", "more than nothing"));
        }
        Ok(Self { url: prefix.to_owned(), http: Http::new(options.timeout) })
    }

    /// Logs a receipt and returns it with its proof, once witnesses have cosigned it: mostly within some seconds.
    ///
    /// # Errors
    ///
    /// [`ClientError`]. After the problem `proof-pending` the receipt is in the log; ask again later.
    pub fn log(&self, receipt: &Receipt) -> Result<Receipt, ClientError> {
        let submitted = self.submit_to("/v1/log/entries?wait=proof", receipt)?;
        let proof = submitted.proof.ok_or(ClientError::BadAnswer("expected a proof"))?;
        attach_proof(receipt, &proof).map_err(|_| ClientError::BadAnswer("proof above the size of a receipt"))
    }

    /// Submits a receipt. It is durable in the log when this returns; its proof can be had a little later.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub fn submit(&self, receipt: &Receipt) -> Result<Submitted, ClientError> {
        self.submit_to("/v1/log/entries", receipt)
    }

    fn submit_to(&self, path: &str, receipt: &Receipt) -> Result<Submitted, ClientError> {
        let body = self.http.post(&format!("{}{path}", self.url), "application/json", receipt.entry())?;
        answer::submitted(&body, &receipt_leaf_hash(receipt))
    }

    /// Submits any number of receipts, a thousand in a request. A receipt that is refused spoils only itself: the
    /// results are in the order of the receipts.
    ///
    /// # Errors
    ///
    /// [`ClientError`]; the receipts may be in the log, and submitting them again is safe.
    pub fn submit_many(&self, receipts: &[Receipt]) -> Result<Vec<Result<Submitted, Problem>>, ClientError> {
        let url = format!("{}/v1/log/entries", self.url);
        let mut results = Vec::with_capacity(receipts.len());
        for batch in receipts.chunks(MAX_BATCH_LINES) {
            let lines: Vec<u8> = batch.iter().flat_map(|receipt| [receipt.entry(), b"\n"].concat()).collect();
            let body = self.http.post(&url, "application/x-ndjson", &lines)?;
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

    fn get_proof(&self, query: &str) -> Result<String, ClientError> {
        let body = self.http.get(&format!("{}/v1/log/proof?{query}", self.url))?;
        String::from_utf8(body).map_err(|_| ClientError::BadAnswer("not UTF-8"))
    }
}
