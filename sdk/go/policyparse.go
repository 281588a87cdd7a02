// The parser of trust policies (C2SP tlog-policy; docs/spec/log.md, section 8).

package tecp

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// ParsePolicy parses the text of a trust policy. The error is a [FormatError] with [CodeMalformed],
// whose message names the line.
func ParsePolicy(text string) (*Policy, error) {
	if len(text) > maxPolicyBytes {
		return nil, malformed(fmt.Sprintf("policy of %d bytes, at most %d", len(text), maxPolicyBytes))
	}
	body, isWhole := strings.CutSuffix(text, "\n")
	if !isWhole || !utf8.ValidString(text) {
		return nil, malformed("policy that is not valid UTF-8, or does not end in a newline")
	}
	reader := policyReader{
		policy:   &Policy{groupOf: map[string]PolicyGroup{}},
		depths:   map[string]int{},
		isMember: map[string]bool{},
		keys:     map[string]bool{},
	}
	number := 0
	for line := range strings.SplitSeq(body, "\n") {
		number++
		if fault := reader.line(line); fault != "" {
			return nil, malformed(fmt.Sprintf("policy, line %d: %s", number, fault))
		}
	}
	if reader.policy.quorum == "" {
		return nil, malformed("policy without a quorum line")
	}
	return reader.policy, nil
}

// policyReader is owned by one call of ParsePolicy. Its methods return what is wrong, or "".
type policyReader struct {
	policy *Policy
	// depths is by defined name: 0 for a witness, else one more than that of its deepest member.
	depths map[string]int
	// isMember has the names that a group lists.
	isMember map[string]bool
	// keys has the public keys seen, and the names with their key IDs: neither may come twice.
	keys map[string]bool
}

func (r *policyReader) line(line string) string {
	if hasControl(line, "\t") || strings.IndexByte(line, 0x7f) >= 0 {
		return "control character"
	}
	items := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(items) == 0 || strings.HasPrefix(items[0], "#") {
		return ""
	}
	switch keyword, items := items[0], items[1:]; keyword {
	case "log":
		return r.log(items)
	case "witness":
		return r.witness(items)
	case "group":
		return r.group(items)
	case "quorum":
		return r.quorum(items)
	}
	return "expected log, witness, group or quorum"
}

func (r *policyReader) log(items []string) string {
	if len(items) < 1 || len(items) > 2 {
		return "expected log <key> [<url>]"
	}
	if len(r.policy.logs) == maxPolicyLogs {
		return "too many logs"
	}
	key, fault := r.key(items[0])
	if fault != "" {
		return fault
	}
	if !key.keyType.isLog() {
		return "a log has a key of type 1, 2 or 6"
	}
	url, ok := optionalURL(items[1:])
	if !ok {
		return "expected an http or https URL"
	}
	r.policy.logs = append(r.policy.logs, PolicyLog{key, url})
	return ""
}

func (r *policyReader) witness(items []string) string {
	if len(items) < 2 || len(items) > 3 {
		return "expected witness <name> <key> [<url>]"
	}
	if len(r.policy.witnesses) == maxPolicyWitnesses {
		return "too many witnesses"
	}
	key, fault := r.key(items[1])
	if fault != "" {
		return fault
	}
	if !key.keyType.isWitness() {
		return "a witness has a key of type 4 or 6"
	}
	url, ok := optionalURL(items[2:])
	if !ok {
		return "expected an http or https URL"
	}
	r.policy.witnesses = append(r.policy.witnesses, PolicyWitness{items[0], key, url})
	return r.define(items[0], 0)
}

func (r *policyReader) group(items []string) string {
	if len(items) < 3 {
		return "expected group <name> <all|any|k> <name>..."
	}
	if len(r.policy.groups) == maxPolicyGroups {
		return "too many groups"
	}
	group := PolicyGroup{Name: items[0], Members: items[2:]}
	var ok bool
	if group.Threshold, ok = thresholdOf(items[1], len(group.Members)); !ok {
		return "expected all, any or a number of members"
	}
	depth := 0
	for _, member := range group.Members {
		below, isDefined := r.depths[member]
		if !isDefined || r.isMember[member] {
			return fmt.Sprintf("%q is not defined before, or a member already", member)
		}
		r.isMember[member] = true
		depth = max(depth, below+1)
	}
	if depth > maxPolicyDepth {
		return fmt.Sprintf("groups nest deeper than %d", maxPolicyDepth)
	}
	r.policy.groups = append(r.policy.groups, group)
	r.policy.groupOf[group.Name] = group
	return r.define(group.Name, depth)
}

func thresholdOf(rule string, members int) (int, bool) {
	switch rule {
	case "all":
		return members, true
	case "any":
		return 1, true
	}
	k, ok := parseDecimal(rule)
	return int(k), ok && 1 <= k && k <= int64(members)
}

func (r *policyReader) quorum(items []string) string {
	if len(items) != 1 {
		return "expected quorum <name|none>"
	}
	if r.policy.quorum != "" {
		return "a second quorum line"
	}
	if _, isDefined := r.depths[items[0]]; !isDefined && items[0] != noQuorum {
		return fmt.Sprintf("%q is not defined", items[0])
	}
	r.policy.quorum = items[0]
	return ""
}

func (r *policyReader) define(name string, depth int) string {
	if _, isDefined := r.depths[name]; isDefined || name == noQuorum {
		return fmt.Sprintf("%q is defined already", name)
	}
	r.depths[name] = depth
	return ""
}

func (r *policyReader) key(text string) (key *VerifierKey, fault string) {
	key, bad := parseVerifierKey(text)
	if bad != nil {
		return nil, bad.Message
	}
	// A name has no white space, so the two kinds of identity cannot be confused.
	identities := []string{"key " + string(key.publicKey), key.name + "+" + string(key.id[:])}
	for _, identity := range identities {
		if r.keys[identity] {
			return nil, "a second verifier key of the same key"
		}
		r.keys[identity] = true
	}
	return key, ""
}

// optionalURL takes no or one item.
func optionalURL(items []string) (url string, ok bool) {
	if len(items) == 0 {
		return "", true
	}
	return urlPrefixOf(items[0])
}

// urlPrefixOf returns an http or https URL without the slashes at its end. More than its beginning is not
// looked at, so that no verdict hangs on a parser of URLs.
func urlPrefixOf(url string) (prefix string, ok bool) {
	rest, isHTTP := strings.CutPrefix(url, "http://")
	if !isHTTP {
		rest, isHTTP = strings.CutPrefix(url, "https://")
	}
	hasHost := rest != "" && strings.IndexByte("/?#", rest[0]) < 0
	return strings.TrimRight(url, "/"), isHTTP && hasHost
}
