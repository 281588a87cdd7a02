package main

import (
	tecp "tecp.example/go"
)

func answerPolicy(r *request) answer {
	text := r.bytes("policy")
	if r.bad {
		return badRequest()
	}
	policy, err := tecp.ParsePolicy(string(text))
	if err != nil {
		return errorAnswer(err)
	}
	logs, witnesses, groups := []any{}, []any{}, []any{}
	for _, log := range policy.Logs() {
		logs = append(logs, withURL(answer{"key": log.Key.String()}, log.URL))
	}
	for _, witness := range policy.Witnesses() {
		object := answer{"name": witness.Name, "key": witness.Key.String()}
		witnesses = append(witnesses, withURL(object, witness.URL))
	}
	for _, group := range policy.Groups() {
		object := answer{"name": group.Name, "threshold": group.Threshold, "members": group.Members}
		groups = append(groups, object)
	}
	return answer{"logs": logs, "witnesses": witnesses, "groups": groups, "quorum": policy.Quorum()}
}

func withURL(object answer, url string) answer {
	if url != "" {
		object["url"] = url
	}
	return object
}

func answerProof(r *request) answer {
	text, leaf := r.bytes("proof"), r.hash("leaf")
	if r.note(r.has("policy")); r.bad {
		return badRequest()
	}
	policy, ok := policyOf(r.members["policy"])
	if !ok {
		return badOption("policy")
	}
	inclusion, err := tecp.VerifyProof(string(text), leaf, policy)
	if err != nil {
		return errorAnswer(err)
	}
	object := answer{
		"origin":     inclusion.Origin,
		"index":      inclusion.Index,
		"tree_size":  inclusion.TreeSize,
		"witnesses":  inclusion.Witnesses,
		"quorum_met": inclusion.QuorumMet,
	}
	if !inclusion.LoggedAt.IsZero() {
		object["logged_at"] = inclusion.LoggedAt.UnixMilli()
	}
	return object
}
