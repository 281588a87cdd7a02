// The verdict on a receipt (docs/spec/receipt.md, section 7). Offline and pure: time, trust policy and
// trusted keys are arguments. Bad form gives one error; otherwise every judgement is made, and the
// errors come in a fixed order: signature, log, time, policies.

package tecp

import (
	"errors"
	"fmt"
	"slices"
)

// VerifyReceipt judges the canonical bytes of a receipt, with nothing before or after them: of a file,
// remove one newline at its end first. Whatever the bytes are, there is a verdict. The error is an
// [OptionError], for options that nobody can mean, and there is no verdict then.
func VerifyReceipt(receipt []byte, options VerifyOptions) (*Verdict, error) {
	return judge(options, func(parts *receiptParts) error { return readReceipt(receipt, parts) })
}

// VerifyReceiptValue judges a receipt in memory: a *[Receipt], or a value in the types of
// [Canonicalize], such as a map from [ParseJSON] or encoding/json. It is canonicalised, and never
// repaired. The error is an [OptionError] as of [VerifyReceipt], or where there is no value.
func VerifyReceiptValue(receipt any, options VerifyOptions) (*Verdict, error) {
	if receipt == nil {
		return nil, errNoReceipt()
	}
	made, isReceipt := receipt.(*Receipt)
	if isReceipt {
		if _, err := EncodeReceipt(made); err != nil {
			return nil, err
		}
	}
	return judge(options, func(parts *receiptParts) error {
		if isReceipt {
			*parts = made.parts
			return nil
		}
		if _, isObject := receipt.(map[string]any); !isObject {
			return &ReceiptError{CodeWrongForm, "", "expected a JSON object"}
		}
		text, err := canonicalReceipt(receipt)
		if err != nil {
			return err
		}
		return readReceipt(text, parts)
	})
}

// judgement is a verdict being made; it is owned by one call of judge.
type judgement struct {
	*Verdict
	parts   receiptParts
	options *VerifyOptions
	rules   profileRules
	nowMS   int64
}

func judge(options VerifyOptions, read func(*receiptParts) error) (*Verdict, error) {
	if options.Profile == "" {
		options.Profile = ProfileV01
	}
	nowMS, err := checkOptions(&options)
	if err != nil {
		return nil, err
	}
	verdict := &Verdict{Errors: []Finding{}, Warnings: []Finding{}, Profile: options.Profile}
	j := judgement{Verdict: verdict, options: &options, rules: profiles[options.Profile], nowMS: nowMS}
	if err := read(&j.parts); err != nil {
		var bad *ReceiptError
		if !errors.As(err, &bad) {
			return nil, err
		}
		verdict.Errors = append(verdict.Errors, Finding{bad.Code, bad.Field, bad.Message})
		return verdict, nil
	}
	j.judgeAll()
	verdict.Valid = len(verdict.Errors) == 0
	return verdict, nil
}

func (j *judgement) reject(code, field, message string) {
	j.Errors = append(j.Errors, Finding{code, field, message})
}

func (j *judgement) warn(code, field, message string) {
	j.Warnings = append(j.Warnings, Finding{code, field, message})
}

func (j *judgement) judgeAll() {
	j.Issuer = textOf(j.parts.members, "pubkey")
	j.LeafHash = LeafHash(j.parts.entry)
	for _, name := range j.parts.unknown {
		j.warn(WarnUnknownMember, name, "this version does not define the member")
	}
	j.judgeSignature()
	j.judgeLog()
	j.judgeTime()
	j.judgePolicies()
}

func (j *judgement) judgeSignature() {
	// The bytes of both have been checked with the form; that costs nothing again.
	if !VerifyEd25519(j.parts.publicKey, j.parts.signed, j.parts.signature) {
		j.reject(CodeWrongSignature, "sig", "the signature does not verify")
	}
	if j.options.TrustedKeys != nil && !slices.Contains(j.options.TrustedKeys, j.Issuer) {
		j.reject(CodeUntrustedKey, "pubkey", "not a trusted issuer key")
	}
}

const proofField = "log_inclusion.proof"

func (j *judgement) judgeLog() {
	inclusion := objectOf(j.parts.members, "log_inclusion")
	hasProof := inclusion != nil
	switch {
	case !hasProof && j.rules.isStrict:
		j.reject(CodeProofRequired, "log_inclusion", "a proof is required")
	case !hasProof:
	case j.options.Policy == nil && j.rules.isStrict:
		j.reject(CodeUntrustedLog, proofField, "no trust policy given")
	case j.options.Policy == nil:
		j.warn(WarnProofNotChecked, proofField, "not checked: no trust policy given")
	default:
		j.judgeProof(textOf(inclusion, "proof"))
	}
}

func (j *judgement) judgeProof(proof string) {
	inclusion, err := VerifyProof(proof, j.LeafHash, j.options.Policy)
	if err != nil {
		code, message := CodeWrongProof, err.Error()
		var bad *FormatError
		if errors.As(err, &bad) {
			message = bad.Message
			if bad.Code == CodeUntrusted {
				code = CodeUntrustedLog
			}
		}
		j.reject(code, proofField, message)
		return
	}
	j.Inclusion = inclusion
	// A policy of quorum none is met without a witness, and so gives no time for strict to rely on.
	if !inclusion.QuorumMet || (j.rules.isStrict && inclusion.LoggedAt.IsZero()) {
		j.reject(CodeQuorumNotMet, proofField, "the quorum of witnesses is not met")
		return
	}
	j.LoggedAt = inclusion.LoggedAt
}

func (j *judgement) judgeTime() {
	ts := integerOf(j.parts.members, "ts")
	reference := j.nowMS
	if !j.LoggedAt.IsZero() {
		reference = j.LoggedAt.UnixMilli()
	}
	skew := j.rules.futureSkew.Milliseconds()
	if ts > reference+skew {
		j.reject(CodeFuture, "ts", "too far after the time that it is judged at")
	}
	if ts < reference-j.rules.maxAge.Milliseconds() {
		j.reject(CodeExpired, "ts", "too long before the time that it is judged at")
	}
	if reference > j.nowMS+skew {
		j.warn(WarnLoggedInFuture, proofField, "witnesses cosigned at a time still to come")
	}
}

func (j *judgement) judgePolicies() {
	value, _ := j.parts.members.Get("policy_ids")
	ids, _ := value.([]any)
	isSufficient := false
	for _, value := range ids {
		id, _ := value.(string)
		meets, isKnown := meetsStrict[id]
		isSufficient = isSufficient || meets
		switch {
		case isKnown:
		case j.rules.isStrict:
			j.reject(CodeUnknownPolicy, "policy_ids", fmt.Sprintf("%q is not in the policy registry", id))
		default:
			j.warn(WarnUnknownPolicy, "policy_ids", fmt.Sprintf("%q is not in the policy registry", id))
		}
	}
	erasure := objectOf(j.parts.members, "key_erasure")
	if textOf(erasure, "scheme") == "sw-sim" {
		j.warn(WarnSimulatedErasure, "key_erasure.scheme", "sw-sim proves no erasure")
	}
	if !j.rules.isStrict {
		return
	}
	if !isSufficient {
		j.reject(CodeWeakPolicies, "policy_ids", "no policy that the profile asks for")
	}
	if erasure == nil {
		j.reject(CodeNoEvidence, "key_erasure", "key erasure is required")
	}
	j.demandEvidence(ids)
}

// demandEvidence asks for a member of ext.policy_enforced for each id that is neither null nor false.
func (j *judgement) demandEvidence(ids []any) {
	enforced := objectOf(objectOf(j.parts.members, "ext"), "policy_enforced")
	for _, value := range ids {
		id, _ := value.(string)
		if evidence, _ := enforced.Get(id); evidence == nil || evidence == false {
			j.reject(CodeNoEvidence, "ext.policy_enforced."+id, "evidence of enforcement is required")
		}
	}
}
