// Package tecp makes and verifies TECP receipts: small signed statements that this code, at this time,
// turned an input with this hash into an output with that hash, under these policies. A receipt is put
// into a transparency log, whose checkpoints independent witnesses cosign; with the log's proof attached
// anybody can check it offline, at any later time.
//
//	receipt, err := tecp.CreateReceipt(tecp.ReceiptParams{Key: key, CodeRef: "git:…", Input: in, Output: out})
//	logged, err := client.Log(ctx, receipt)
//	encoded, err := tecp.EncodeReceipt(logged)
//	verdict, err := tecp.VerifyReceipt(encoded, tecp.VerifyOptions{Now: time.Now(), Policy: policy})
//
// # Errors
//
// Bytes from outside never make a function panic. What is wrong with them is a *[ReceiptError] or a
// *[FormatError] with a stable code, or a verdict that is not valid; what goes wrong with a log is a
// *[RemoteError]. An *[OptionError] is a mistake of the calling program.
//
// # Specifications
//
// The formats and verdicts are those of docs/spec/receipt.md, docs/spec/log.md and docs/spec/verifier.md
// in the repository of the project, and of C2SP (signed-note, tlog-checkpoint, tlog-cosignature,
// tlog-policy, tlog-proof). Four implementations in four languages give the same verdicts, bit for bit.
package tecp
