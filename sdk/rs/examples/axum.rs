//! A web service that gives a receipt with every answer: `axum` on a random port of the loopback.
//!
//! The middleware reads the request, lets the service answer, and signs what came of it. The receipt is in a header:
//! canonical JSON of these members is ASCII. Logging it is for a queue behind the service.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::post};
use tecp::{IssuerKey, ReceiptParams, create_receipt};
use tokio::net::TcpListener;

/// What a request or an answer may hold to get a receipt.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Wraps a service: each answer carries `tecp-receipt`.
async fn with_receipt(State(key): State<Arc<IssuerKey>>, request: Request, next: Next) -> Response {
    receipted(&key, request, next).await.unwrap_or_else(|status| status.into_response())
}

async fn receipted(key: &IssuerKey, request: Request, next: Next) -> Result<Response, StatusCode> {
    let (head, body) = request.into_parts();
    let input = to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let answer = next.run(Request::from_parts(head, Body::from(input.clone()))).await;
    let (mut head, body) = answer.into_parts();
    let output = to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let params =
        ReceiptParams { policy_ids: &["no_retention"], ..ReceiptParams::new(key, "git:0123abcd", &*input, &*output) };
    let receipt = create_receipt(&params).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let value = HeaderValue::from_bytes(receipt.as_bytes()).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    head.headers.insert("tecp-receipt", value);
    Ok(Response::from_parts(head, Body::from(output)))
}

/// The service itself.
async fn shout(body: Bytes) -> Vec<u8> {
    body.to_ascii_uppercase()
}

fn app(key: IssuerKey) -> Router {
    Router::new().route("/shout", post(shout)).layer(from_fn_with_state(Arc::new(key), with_receipt))
}

fn main() -> std::io::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}/shout", listener.local_addr()?);
        axum::serve(listener, app(IssuerKey::generate())).await
    })
}
