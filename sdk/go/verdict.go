// The result of a verification (docs/spec/receipt.md, section 7.6).

package tecp

import "time"

// A Finding is an error or a warning of a verdict.
type Finding struct {
	// Code is one of docs/spec/receipt.md, section 8.
	Code string `json:"code"`
	// Field is the path of the member, such as "chain.prev". An error has "" where there is none to
	// name; a warning always has a field, which is "" for an unknown member of that name.
	Field string `json:"field"`
	// Message is for people, and not stable.
	Message string `json:"message"`
}

// A Verdict is what [VerifyReceipt] finds. The facts in it do not depend on Valid: look at that first.
type Verdict struct {
	// Valid is true when there are no errors.
	Valid    bool
	Errors   []Finding
	Warnings []Finding
	Profile  Profile
	// Issuer is the b64u key, and LeafHash what identifies the entry in a log. Issuer is empty, and
	// LeafHash zero, where the form is bad.
	Issuer   string
	LeafHash Hash
	// Inclusion is there when a log that the policy trusts has signed for the entry.
	Inclusion *Inclusion
	// LoggedAt is when a quorum of witnesses had cosigned; zero where that is not known.
	LoggedAt time.Time
}

// Members returns the verdict as plain JSON values, with the names and the form of the specification.
func (v Verdict) Members() map[string]any {
	members := map[string]any{
		"valid":    v.Valid,
		"errors":   findingMembers(v.Errors, false),
		"warnings": findingMembers(v.Warnings, true),
		"profile":  string(v.Profile),
	}
	if v.Issuer != "" {
		members["issuer"] = v.Issuer
		members["leaf_hash"] = v.LeafHash.String()
	}
	if v.Inclusion != nil {
		members["origin"] = v.Inclusion.Origin
		members["index"] = v.Inclusion.Index
		members["tree_size"] = v.Inclusion.TreeSize
		members["witnesses"] = v.Inclusion.Witnesses
	}
	if !v.LoggedAt.IsZero() {
		members["logged_at"] = v.LoggedAt.UnixMilli()
	}
	return members
}

func findingMembers(findings []Finding, haveField bool) []any {
	list := make([]any, len(findings))
	for i, finding := range findings {
		object := map[string]any{"code": finding.Code, "message": finding.Message}
		if haveField || finding.Field != "" {
			object["field"] = finding.Field
		}
		list[i] = object
	}
	return list
}

// MarshalJSON returns the JSON of the specification.
func (v Verdict) MarshalJSON() ([]byte, error) { return Canonicalize(v.Members()) }
