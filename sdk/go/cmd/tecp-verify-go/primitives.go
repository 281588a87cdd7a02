package main

import (
	"crypto/sha256"

	tecp "tecp.example/go"
	"tecp.example/go/internal/b64"
)

func hashMember(data []byte) string {
	digest := sha256.Sum256(data)
	return b64.EncodeURL(digest[:])
}

func answerCanonical(r *request) answer {
	text := r.bytes("json")
	if r.bad {
		return badRequest()
	}
	value, err := tecp.ParseJSON(text)
	if err != nil {
		return errorAnswer(err)
	}
	canonical, err := tecp.Canonicalize(value)
	if err != nil {
		return errorAnswer(err)
	}
	return answer{"canonical": b64.Encode(canonical)}
}

func answerLeafHash(r *request) answer {
	entry := r.bytes("entry")
	if r.bad {
		return badRequest()
	}
	return answer{"leaf_hash": tecp.LeafHash(entry).String()}
}

func answerSignature(verify func(key, message, sig []byte) bool) func(*request) answer {
	return func(r *request) answer {
		key, message, sig := r.bytes("key"), r.bytes("message"), r.bytes("sig")
		if r.bad {
			return badRequest()
		}
		return answer{"valid": verify(key, message, sig)}
	}
}

func answerInclusion(r *request) answer {
	leaf, root, proof := r.hash("leaf"), r.hash("root"), r.hashes("proof")
	index, size := r.count("index"), r.count("size")
	if r.bad {
		return badRequest()
	}
	return answer{"valid": tecp.VerifyInclusion(leaf, index, size, proof, root)}
}

func answerConsistency(r *request) answer {
	oldRoot, newRoot, proof := r.hash("old_root"), r.hash("new_root"), r.hashes("proof")
	oldSize, newSize := r.count("old_size"), r.count("new_size")
	if r.bad {
		return badRequest()
	}
	return answer{"valid": tecp.VerifyConsistency(oldSize, newSize, oldRoot, newRoot, proof)}
}
