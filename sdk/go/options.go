// What a verification takes besides the receipt (docs/spec/receipt.md, sections 7.1 and 7.2).

package tecp

import (
	"fmt"
	"math"
	"time"

	"tecp.example/go/internal/b64"
)

// A Profile says how much a verification demands (receipt.md, section 7.1).
type Profile string

const (
	// ProfileLite takes receipts of up to 7 days, and a proof is optional.
	ProfileLite Profile = "tecp-lite"
	// ProfileV01 is the default: up to 24 hours, and a proof is optional.
	ProfileV01 Profile = "tecp-v0.1"
	// ProfileStrict takes receipts of up to an hour, with a proof that a quorum of witnesses stands
	// behind, known policies and evidence for each.
	ProfileStrict Profile = "tecp-strict"
)

type profileRules struct {
	futureSkew, maxAge time.Duration
	isStrict           bool
}

var profiles = map[Profile]profileRules{
	ProfileLite:   {15 * time.Minute, 7 * 24 * time.Hour, false},
	ProfileV01:    {5 * time.Minute, 24 * time.Hour, false},
	ProfileStrict: {60 * time.Second, time.Hour, true},
}

// VerifyOptions are what a verification takes besides the receipt.
type VerifyOptions struct {
	// Profile is [ProfileV01] where it is empty.
	Profile Profile
	// Now is the time of the verification: time.Now() for most, and required.
	Now time.Time
	// Policy says which logs and witnesses are trusted. Without one no proof is verified.
	Policy *Policy
	// TrustedKeys are the b64u keys of the only issuers that are accepted. Nil accepts any issuer, and an
	// empty list that is not nil accepts none.
	TrustedKeys []string
}

// checkOptions refuses what nobody can mean.
func checkOptions(options *VerifyOptions) (nowMS int64, err error) {
	if _, isProfile := profiles[options.Profile]; !isProfile {
		return 0, &OptionError{"profile", fmt.Sprintf("expected a profile, got %q", options.Profile)}
	}
	nowMS = unixMilli(options.Now)
	if !isSize(nowMS) {
		return 0, &OptionError{"now", "expected a time from 1970 on, in Unix milliseconds below 2^53"}
	}
	if options.Policy != nil && options.Policy.quorum == "" {
		return 0, &OptionError{"policy", "expected a policy, as ParsePolicy returns it"}
	}
	for _, key := range options.TrustedKeys {
		if decoded, ok := b64.DecodeURL(key); !ok || !isStrictPoint(decoded) {
			return 0, &OptionError{"trusted_keys", "expected b64u of Ed25519 public keys"}
		}
	}
	return nowMS, nil
}

// unixMilli is [time.Time.UnixMilli], which is not defined for a time whose milliseconds are no int64: of
// such a one it is the int64 that is nearest.
func unixMilli(t time.Time) int64 {
	const wholeSeconds = math.MaxInt64/1000 - 1
	switch seconds := t.Unix(); {
	case seconds > wholeSeconds:
		return math.MaxInt64
	case seconds < -wholeSeconds:
		return math.MinInt64
	}
	return t.UnixMilli()
}
