package main

import (
	"errors"
	"slices"
	"time"

	tecp "tecp.example/go"
	"tecp.example/go/internal/b64"
)

// answer is what one line of output says.
type answer = map[string]any

func badRequest() answer { return answer{"error": "bad-request"} }

var operations = map[string]func(*request) answer{
	"verify":      answerVerify,
	"create":      answerCreate,
	"canonical":   answerCanonical,
	"leaf-hash":   answerLeafHash,
	"ed25519":     answerSignature(tecp.VerifyEd25519),
	"ml-dsa-44":   answerSignature(tecp.VerifyMLDSA44),
	"ecdsa":       answerSignature(tecp.VerifyECDSA),
	"inclusion":   answerInclusion,
	"consistency": answerConsistency,
	"note":        answerNote,
	"checkpoint":  answerCheckpoint,
	"policy":      answerPolicy,
	"proof":       answerProof,
	"shards":      answerShards,
}

// answerTo answers one request, whatever it is.
func answerTo(line []byte) answer {
	r, ok := parseRequest(line)
	if !ok {
		return badRequest()
	}
	name := "verify"
	if r.has("op") {
		name = r.text("op")
	}
	operation, isKnown := operations[name]
	if !isKnown {
		return badRequest()
	}
	return operation(r)
}

// errorAnswer says by its code what a function of the library refused.
func errorAnswer(err error) answer {
	var (
		receipt *tecp.ReceiptError
		format  *tecp.FormatError
		option  *tecp.OptionError
	)
	switch {
	case errors.As(err, &receipt) && receipt.Field != "":
		return answer{"error": receipt.Code, "field": receipt.Field}
	case receipt != nil:
		return answer{"error": receipt.Code}
	case errors.As(err, &format):
		return answer{"error": format.Code}
	case errors.As(err, &option):
		return answer{"error": "bad-option", "field": option.Field}
	}
	return badRequest()
}

func badOption(field string) answer { return answer{"error": "bad-option", "field": field} }

func answerVerify(r *request) answer {
	receipt := r.bytes("receipt")
	if r.note(r.has("now")); r.bad {
		return badRequest()
	}
	options, field := optionsOf(r)
	if field != "" {
		return badOption(field)
	}
	verdict, err := tecp.VerifyReceipt(receipt, options)
	if err != nil {
		return errorAnswer(err)
	}
	return verdictAnswer(verdict)
}

// optionsOf returns the first option that nobody can mean, in the order in which they are looked at.
func optionsOf(r *request) (options tecp.VerifyOptions, field string) {
	if r.has("profile") {
		name, _ := r.members["profile"].(string)
		known := []tecp.Profile{tecp.ProfileLite, tecp.ProfileV01, tecp.ProfileStrict}
		if options.Profile = tecp.Profile(name); !slices.Contains(known, options.Profile) {
			return options, "profile"
		}
	}
	now, ok := countOf(r.members["now"])
	if !ok {
		return options, "now"
	}
	options.Now = time.UnixMilli(now)
	if r.has("policy") {
		if options.Policy, ok = policyOf(r.members["policy"]); !ok {
			return options, "policy"
		}
	}
	if r.has("trusted_keys") {
		if options.TrustedKeys, ok = textsOf(r.members["trusted_keys"]); !ok {
			return options, "trusted_keys"
		}
	}
	return options, ""
}

func policyOf(value any) (*tecp.Policy, bool) {
	text, ok := bytesOf(value)
	if !ok {
		return nil, false
	}
	policy, err := tecp.ParsePolicy(string(text))
	return policy, err == nil
}

// verdictAnswer is a verdict without its messages, which are for people.
func verdictAnswer(verdict *tecp.Verdict) answer {
	members := verdict.Members()
	for _, list := range []string{"errors", "warnings"} {
		findings, _ := members[list].([]any)
		for _, finding := range findings {
			object, _ := finding.(map[string]any)
			delete(object, "message")
		}
	}
	return members
}

func answerCreate(r *request) answer {
	seed := r.bytes("seed")
	object, isObject := r.members["params"].(map[string]any)
	params := &request{members: object}
	ids := params.texts("policy_ids")
	members := map[string]any{
		"code_ref":    params.text("code_ref"),
		"ts":          params.integer("ts"),
		"nonce":       b64.EncodeURL(params.bytes("nonce")),
		"input_hash":  hashMember(params.bytes("input")),
		"output_hash": hashMember(params.bytes("output")),
		"policy_ids":  slices.Sorted(slices.Values(ids)),
	}
	if r.bad || params.bad || !isObject || len(seed) != 32 {
		return badRequest()
	}
	for _, name := range []string{"key_erasure", "environment", "chain", "ext"} {
		if params.has(name) {
			members[name] = object[name]
		}
	}
	key, err := tecp.IssuerKeyFromSeed(seed)
	if err != nil {
		return badRequest()
	}
	receipt, err := tecp.SignReceipt(key, members)
	if err != nil {
		return errorAnswer(err)
	}
	encoded, err := tecp.EncodeReceipt(receipt)
	if err != nil {
		return errorAnswer(err)
	}
	return answer{"receipt": b64.Encode(encoded)}
}
