//! Makes a key and a receipt, logs the receipt, and writes it with its proof: `quickstart LOG_URL OUT_FILE`.

use std::{env, error::Error, fs};

use tecp::{ClientOptions, IssuerKey, LogClient, ReceiptParams, create_receipt};

fn main() -> Result<(), Box<dyn Error>> {
    let (Some(url), Some(path)) = (env::args().nth(1), env::args().nth(2)) else {
        return Err("usage: quickstart LOG_URL OUT_FILE".into());
    };

    let key = IssuerKey::generate();
    let params = ReceiptParams {
        policy_ids: &["no_retention"],
        ..ReceiptParams::new(&key, "git:0123abcd", b"the input", b"the output")
    };
    let receipt = create_receipt(&params)?;
    let logged = LogClient::new(&url, ClientOptions::default())?.log(&receipt)?;

    // A file is the canonical bytes and one newline.
    fs::write(path, format!("{logged}\n"))?;
    Ok(())
}
