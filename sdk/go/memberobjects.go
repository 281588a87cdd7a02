// Members of a receipt that are objects (docs/spec/receipt.md, section 4).

package tecp

import (
	"slices"

	"tecp.example/go/internal/jcs"
)

// keyErasureSchemes are the schemes that a receipt may name for the erasure of keys.
var keyErasureSchemes = []string{"counter+seal@tee", "hw-hsm", "sw-secure", "sw-sim"}

// checkObject takes an object with no members but these.
func checkObject(field string, value any, required, optional []string) (jcs.Object, *ReceiptError) {
	object, ok := value.(jcs.Object)
	if !ok {
		return nil, wrongForm(field, "an object")
	}
	for _, name := range required {
		if _, isThere := object.Get(name); !isThere {
			return nil, missing(field + "." + name)
		}
	}
	// They are in order, so the first that is surplus is the one to report.
	for _, member := range object {
		if !slices.Contains(required, member.Name) && !slices.Contains(optional, member.Name) {
			return nil, wrongForm(field+"."+member.Name, "no such member")
		}
	}
	return object, nil
}

func checkKeyErasure(_ *receiptParts, value any) *ReceiptError {
	object, err := checkObject("key_erasure", value, []string{"scheme", "evidence"}, nil)
	if err != nil {
		return err
	}
	if !slices.Contains(keyErasureSchemes, textOf(object, "scheme")) {
		return wrongForm("key_erasure.scheme", "a scheme that is known")
	}
	evidence, _ := object.Get("evidence")
	return checkString("key_erasure.evidence", evidence)
}

func checkString(field string, value any) *ReceiptError {
	if _, ok := value.(string); !ok {
		return wrongForm(field, "a string")
	}
	return nil
}

func checkEnvironment(_ *receiptParts, value any) *ReceiptError {
	names := []string{"region", "provider"}
	object, err := checkObject("environment", value, nil, names)
	if err != nil {
		return err
	}
	for _, name := range names {
		if member, isThere := object.Get(name); isThere {
			if err := checkString("environment."+name, member); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkChain(_ *receiptParts, value any) *ReceiptError {
	object, err := checkObject("chain", value, []string{"seq"}, []string{"prev"})
	if err != nil {
		return err
	}
	value, _ = object.Get("seq")
	seq, ok := value.(int64)
	prev, hasPrev := object.Get("prev")
	switch {
	case !ok || seq < 0:
		return wrongForm("chain.seq", "an integer from 0")
	case seq > 0 && !hasPrev:
		return missing("chain.prev")
	case seq == 0 && hasPrev:
		return wrongForm("chain.prev", "no such member at seq 0")
	case hasPrev:
		return checkHashValue("chain.prev", prev)
	}
	return nil
}

func checkExt(_ *receiptParts, value any) *ReceiptError {
	if _, ok := value.(jcs.Object); !ok {
		return wrongForm("ext", "an object")
	}
	return nil
}

func checkLogInclusion(_ *receiptParts, value any) *ReceiptError {
	object, err := checkObject("log_inclusion", value, []string{"proof"}, nil)
	if err != nil {
		return err
	}
	proof, _ := object.Get("proof")
	return checkString("log_inclusion.proof", proof)
}
