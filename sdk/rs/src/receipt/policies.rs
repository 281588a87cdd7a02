//! The policy part of a verdict (`docs/spec/receipt.md`, section 7.5), and the ids of the registry
//! (`docs/spec/policy-registry.md`).

use serde_json::{Map, Value};

use super::verify::Judgement;
use super::{ReceiptCode, WarningCode};

/// The ids that are known, and whether each is one of which tecp-strict asks for at least one. A test holds them to
/// the registry.
const REGISTRY: &[(&str, bool)] = &[
    ("audit_trail", false),
    ("ccpa_opt_out", false),
    ("e2e_encrypted", false),
    ("eu_region", false),
    ("fair_access", false),
    ("gdpr_art6_lawful", false),
    ("hipaa_safe", false),
    ("iso27001_compliant", false),
    ("key_erasure", true),
    ("mifid_compliant", false),
    ("no_export_pii", false),
    ("no_front_running", false),
    ("no_model_training", false),
    ("no_network", true),
    ("no_pii", true),
    ("no_price_manipulation", false),
    ("no_retention", true),
    ("pci_dss_compliant", false),
    ("sox_compliant", false),
    ("test_env", false),
    ("ttl_300s", true),
    ("ttl_5s", true),
    ("ttl_60s", true),
];

/// Whether a known policy meets strict; none for an id that is not known.
fn meets_strict(id: &str) -> Option<bool> {
    REGISTRY.iter().find(|(known, _)| *known == id).map(|&(_, meets)| meets)
}

/// Whether `ext.policy_enforced` says something of the policy. What it says is not interpreted.
fn has_evidence(object: &Map<String, Value>, id: &str) -> bool {
    let evidence = object.get("ext").and_then(|ext| ext.get("policy_enforced")).and_then(|enforced| enforced.get(id));
    evidence.is_some_and(|value| !value.is_null() && *value != Value::Bool(false))
}

pub(super) fn judge_policies(object: &Map<String, Value>, judgement: &mut Judgement) {
    let is_strict = judgement.rules.requires_enforcement;
    let ids: Vec<&str> = match object.get("policy_ids") {
        Some(Value::Array(ids)) => ids.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    for id in ids.iter().filter(|id| meets_strict(id).is_none()) {
        let message = format!("{id} is not in the policy registry");
        if is_strict {
            judgement.reject(ReceiptCode::UnknownPolicy, message, "policy_ids");
        } else {
            judgement.warn(WarningCode::UnknownPolicy, message, "policy_ids");
        }
    }
    let scheme = object.get("key_erasure").and_then(|erasure| erasure.get("scheme"));
    if scheme.is_some_and(|scheme| scheme == "sw-sim") {
        judgement.warn(WarningCode::SimulatedErasure, "sw-sim proves no erasure", "key_erasure.scheme");
    }
    if !is_strict {
        return;
    }
    if !ids.iter().any(|id| meets_strict(id) == Some(true)) {
        judgement.reject(ReceiptCode::WeakPolicies, "no policy that the profile asks for", "policy_ids");
    }
    if !object.contains_key("key_erasure") {
        judgement.reject(ReceiptCode::NoEvidence, "key erasure is required", "key_erasure");
    }
    for id in ids.iter().filter(|id| !has_evidence(object, id)) {
        let field = format!("ext.policy_enforced.{id}");
        judgement.reject(ReceiptCode::NoEvidence, "evidence of enforcement is required", &field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_are_those_of_the_registry() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/protocol/receipt/policy-registry.json");
        let registry: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let policies = registry["policies"].as_object().unwrap();
        let mut expected: Vec<(&str, bool)> =
            policies.iter().map(|(id, policy)| (id.as_str(), policy["meets_strict"] == true)).collect();
        expected.sort_unstable();
        assert_eq!(REGISTRY, expected);
    }
}
