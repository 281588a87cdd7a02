package main

import (
	tecp "tecp.example/go"
	"tecp.example/go/internal/b64"
)

func answerNote(r *request) answer {
	note, texts := r.bytes("note"), r.texts("keys")
	if r.bad {
		return badRequest()
	}
	keys, err := keysOf(texts)
	if err != nil {
		return errorAnswer(err)
	}
	opened, err := tecp.OpenNote(string(note), keys)
	if err != nil {
		return errorAnswer(err)
	}
	return answer{"text": b64.Encode([]byte(opened.Text)), "verified": keyTexts(opened.Verified)}
}

func keysOf(texts []string) ([]*tecp.VerifierKey, error) {
	keys := make([]*tecp.VerifierKey, len(texts))
	for i, text := range texts {
		key, err := tecp.ParseVerifierKey(text)
		if err != nil {
			return nil, err
		}
		keys[i] = key
	}
	return keys, nil
}

func keyTexts(keys []*tecp.VerifierKey) []string {
	texts := make([]string, len(keys))
	for i, key := range keys {
		texts[i] = key.String()
	}
	return texts
}

func answerCheckpoint(r *request) answer {
	note, origin, texts := r.bytes("note"), r.text("origin"), r.texts("keys")
	var witnessTexts []string
	if r.has("witness_keys") {
		witnessTexts = r.texts("witness_keys")
	}
	if r.bad {
		return badRequest()
	}
	log := tecp.LogIdentity{Origin: origin}
	var err error
	if log.Keys, err = keysOf(texts); err != nil {
		return errorAnswer(err)
	}
	if log.Witnesses, err = keysOf(witnessTexts); err != nil {
		return errorAnswer(err)
	}
	opened, err := tecp.OpenCheckpoint(string(note), log)
	if err != nil {
		return errorAnswer(err)
	}
	cosignatures := make([]any, len(opened.Cosignatures))
	for i, cosignature := range opened.Cosignatures {
		cosignatures[i] = answer{"key": cosignature.Key.String(), "time": cosignature.Time.Unix()}
	}
	return answer{
		"origin":       opened.Origin,
		"size":         opened.Size,
		"root":         b64.Encode(opened.Root[:]),
		"extensions":   opened.Extensions,
		"verified":     keyTexts(opened.Verified),
		"cosignatures": cosignatures,
	}
}
