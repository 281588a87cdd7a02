//! Receipts for calls: the habit of wrapping a function.

use crate::receipt::{Payload, Receipt, ReceiptError, ReceiptParams, create_receipt};

/// Calls a function and signs a receipt of what it made of the input. `params` says who signs what else; its own input
/// and output are not looked at. Logging the receipt is left to the caller, who may not want to wait for it.
///
/// # Errors
///
/// The error of the call, and then there is no receipt, or a [`ReceiptError`] for parameters that a verifier would
/// refuse.
///
/// ```
/// use tecp::{IssuerKey, ReceiptParams, receipted};
///
/// let key = IssuerKey::generate();
/// let params = ReceiptParams::new(&key, "git:0123abcd", "", "");
/// let upper = |input: &[u8]| Ok::<_, Box<dyn std::error::Error>>(input.to_ascii_uppercase());
/// let (output, receipt) = receipted(&params, b"hello", upper)?;
/// assert_eq!(output, b"HELLO");
/// assert_eq!(receipt.issuer(), key.public_key());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn receipted<O, E>(
    params: &ReceiptParams<'_>,
    input: &[u8],
    call: impl FnOnce(&[u8]) -> Result<O, E>,
) -> Result<(O, Receipt), E>
where
    O: AsRef<[u8]>,
    E: From<ReceiptError>,
{
    let output = call(input)?;
    let params =
        ReceiptParams { input: Payload::Bytes(input), output: Payload::Bytes(output.as_ref()), ..params.clone() };
    let receipt = create_receipt(&params)?;
    Ok((output, receipt))
}
