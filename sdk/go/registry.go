// The policy registry (docs/spec/policy-registry.md): the ids that this version knows. A test holds it
// to the normative file.

package tecp

// meetsStrict has the registered policies, and of each whether it is one of those of which the
// profile tecp-strict asks for at least one.
var meetsStrict = map[string]bool{
	"audit_trail":           false,
	"ccpa_opt_out":          false,
	"e2e_encrypted":         false,
	"eu_region":             false,
	"fair_access":           false,
	"gdpr_art6_lawful":      false,
	"hipaa_safe":            false,
	"iso27001_compliant":    false,
	"key_erasure":           true,
	"mifid_compliant":       false,
	"no_export_pii":         false,
	"no_front_running":      false,
	"no_model_training":     false,
	"no_network":            true,
	"no_pii":                true,
	"no_price_manipulation": false,
	"no_retention":          true,
	"pci_dss_compliant":     false,
	"sox_compliant":         false,
	"test_env":              false,
	"ttl_300s":              true,
	"ttl_5s":                true,
	"ttl_60s":               true,
}
