// Trust policies (C2SP tlog-policy; docs/spec/log.md, section 8): which logs are trusted, and which
// witnesses make a quorum. What is parsed here obeys every rule, and does not change any more.

package tecp

import "slices"

const (
	maxPolicyBytes     = 1 << 20
	maxPolicyLogs      = 256
	maxPolicyWitnesses = 256
	maxPolicyGroups    = 256
	maxPolicyDepth     = 32
	noQuorum           = "none"
)

// A Policy is a trust policy, as [ParsePolicy] returns it. It may be used by several goroutines.
type Policy struct {
	logs      []PolicyLog
	witnesses []PolicyWitness
	groups    []PolicyGroup
	quorum    string
	// groupOf is by the name of the group.
	groupOf map[string]PolicyGroup
}

// A PolicyLog is a trusted log. The key's name is the origin of its checkpoints.
type PolicyLog struct {
	Key *VerifierKey
	// URL has no slash at its end; empty where there is none.
	URL string
}

// A PolicyWitness is a witness under the name that the policy has for it.
type PolicyWitness struct {
	Name string
	Key  *VerifierKey
	// URL has no slash at its end; empty where there is none.
	URL string
}

// A PolicyGroup is satisfied by as many of its members as the threshold says.
type PolicyGroup struct {
	Name      string
	Threshold int
	// Members are names of witnesses and groups that come before it.
	Members []string
}

// Logs returns the trusted logs in the order of the file.
func (p *Policy) Logs() []PolicyLog { return slices.Clone(p.logs) }

// Witnesses returns the witnesses in the order of the file.
func (p *Policy) Witnesses() []PolicyWitness { return slices.Clone(p.witnesses) }

// Groups returns the groups in the order of the file.
func (p *Policy) Groups() []PolicyGroup {
	groups := slices.Clone(p.groups)
	for i := range groups {
		groups[i].Members = slices.Clone(groups[i].Members)
	}
	return groups
}

// Quorum returns the name of a witness or a group, or "none".
func (p *Policy) Quorum() string { return p.quorum }

// quorumTime returns the smallest time such that the witnesses whose time is at most that satisfy the
// quorum. A policy of no quorum is met without a time, which is 0.
func (p *Policy) quorumTime(timeOf map[string]int64) (seconds int64, met bool) {
	if p.quorum == noQuorum {
		return 0, true
	}
	return p.timeOf(p.quorum, timeOf)
}

// timeOf returns when a witness or a group was satisfied; groups nest at most maxPolicyDepth deep.
func (p *Policy) timeOf(name string, timeOf map[string]int64) (seconds int64, met bool) {
	group, isGroup := p.groupOf[name]
	if !isGroup {
		seconds, met = timeOf[name]
		return seconds, met
	}
	times := make([]int64, 0, len(group.Members))
	for _, member := range group.Members {
		if seconds, met := p.timeOf(member, timeOf); met {
			times = append(times, seconds)
		}
	}
	if len(times) < group.Threshold {
		return 0, false
	}
	slices.Sort(times)
	return times[group.Threshold-1], true
}

// witnessedTree is a checkpoint that a policy trusts.
type witnessedTree struct {
	// witnesses are those that cosigned, by their names in the policy and in its order.
	witnesses []string
	quorumMet bool
	// quorumSeconds is 0 where the quorum is not met, and for "none".
	quorumSeconds int64
}

// judge verifies every line of a checkpoint that is by a key of the policy: a log of its origin has
// to be among them, and lines by logs of other origins have to verify, too.
func (p *Policy) judge(tree *signedTree) (*witnessedTree, error) {
	isTrusted := func(log PolicyLog) bool { return log.Key.name == tree.origin && tree.note.claims(log.Key) }
	if !slices.ContainsFunc(p.logs, isTrusted) {
		return nil, &FormatError{CodeUntrusted, "not signed by a log of the trust policy"}
	}
	for _, log := range p.logs {
		if _, err := tree.isSignedBy(log.Key); err != nil {
			return nil, err
		}
	}
	witnessed := &witnessedTree{witnesses: []string{}}
	earliest := make(map[string]int64, len(tree.note.lines))
	for _, witness := range p.witnesses {
		times, err := tree.cosignatureTimes(witness.Key)
		if err != nil {
			return nil, err
		}
		if len(times) > 0 {
			witnessed.witnesses = append(witnessed.witnesses, witness.Name)
			earliest[witness.Name] = times[0]
		}
	}
	witnessed.quorumSeconds, witnessed.quorumMet = p.quorumTime(earliest)
	return witnessed, nil
}
