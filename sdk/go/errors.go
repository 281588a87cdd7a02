package tecp

// Error and warning codes of receipts (docs/spec/receipt.md, section 8). A code never changes its
// meaning, and is what programs compare.
const (
	CodeTooLarge           = "E-SIZE-001"
	CodeMissing            = "E-SCHEMA-001"
	CodeWrongForm          = "E-SCHEMA-002"
	CodeNotCanonical       = "E-SCHEMA-003"
	CodeUnknownVersion     = "E-SCHEMA-004"
	CodeMalformedSignature = "E-SIG-001"
	CodeWrongSignature     = "E-SIG-002"
	CodeUntrustedKey       = "E-SIG-003"
	CodeProofRequired      = "E-LOG-001"
	CodeWrongProof         = "E-LOG-002"
	CodeQuorumNotMet       = "E-LOG-003"
	CodeUntrustedLog       = "E-LOG-004"
	CodeInvalidTime        = "E-TS-001"
	CodeFuture             = "E-TS-002"
	CodeExpired            = "E-TS-003"
	CodeUnknownPolicy      = "E-POLICY-001"
	CodeWeakPolicies       = "E-POLICY-002"
	CodeNoEvidence         = "E-POLICY-003"

	WarnUnknownMember    = "W-SCHEMA-001"
	WarnProofNotChecked  = "W-LOG-001"
	WarnLoggedInFuture   = "W-TS-001"
	WarnSubmittedLate    = "W-TS-002"
	WarnUnknownPolicy    = "W-POLICY-001"
	WarnSimulatedErasure = "W-POLICY-002"
)

// Codes of a [FormatError] (docs/spec/verifier.md, sections 5 and 6).
const (
	CodeMalformed    = "malformed"     // not in the one canonical form, or beyond a limit
	CodeBadKey       = "bad-key"       // not a key of a kind that is asked for
	CodeBadSignature = "bad-signature" // a line by a known key that does not verify
	CodeUntrusted    = "untrusted"     // well formed, but no trusted key signed it
	CodeBadProof     = "bad-proof"     // the hashes do not lead from the leaf to the root
	CodeStale        = "stale"         // genuine, and expired or older than what was seen before
)

// A ReceiptError is the first thing that is wrong with the form of a receipt.
type ReceiptError struct {
	// Code is one of receipt.md, section 8, such as [CodeMissing].
	Code string
	// Field is the path of the member, such as "chain.prev"; empty where there is none to name.
	Field string
	// Message is for people, and not stable.
	Message string
}

func (e *ReceiptError) Error() string { return "tecp: " + e.Code + ": " + e.Message }

// A FormatError says what is wrong with a key, a note, a checkpoint, a trust policy, a proof or a
// JSON text from outside. Its message never repeats the text of a key.
type FormatError struct {
	// Code is one of [CodeMalformed], [CodeBadKey], [CodeBadSignature], [CodeUntrusted],
	// [CodeBadProof] and [CodeStale].
	Code string
	// Message is for people, and not stable.
	Message string
}

func (e *FormatError) Error() string { return "tecp: " + e.Code + ": " + e.Message }

func malformed(message string) *FormatError { return &FormatError{CodeMalformed, message} }
func badKey(message string) *FormatError    { return &FormatError{CodeBadKey, message} }

// An OptionError is a mistake of the calling program: an argument that nobody can mean, such as a
// seed of 31 bytes or a verification without a time. Nothing was judged, made or sent.
type OptionError struct {
	// Field names the argument as docs/spec/verifier.md does: "profile", "now", "policy",
	// "trusted_keys"; or as the parameter is called, such as "key" or "seed".
	Field string
	// Message is for people, and not stable.
	Message string
}

func (e *OptionError) Error() string { return "tecp: bad option " + e.Field + ": " + e.Message }
