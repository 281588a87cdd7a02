package main

import (
	"time"

	tecp "tecp.example/go"
	"tecp.example/go/internal/b64"
)

func answerShards(r *request) answer {
	note, text, now := r.bytes("note"), r.text("key"), r.count("now")
	if r.bad {
		return badRequest()
	}
	options := tecp.ShardListOptions{Now: time.UnixMilli(now)}
	if r.has("before") {
		seen, ok := bytesOf(r.members["before"])
		before, err := tecp.ParseShardList(string(seen))
		if !ok || err != nil {
			return badOption("before")
		}
		options.Before = before
	}
	key, err := tecp.ParseVerifierKey(text)
	if err != nil {
		return errorAnswer(err)
	}
	list, err := tecp.OpenShardList(string(note), key, options)
	if err != nil {
		return errorAnswer(err)
	}
	shards := make([]any, len(list.Shards))
	for i, shard := range list.Shards {
		object := answer{"key": shard.Key.String(), "url": shard.URL, "began": shard.Began}
		if shard.Final != nil {
			object["final"] = answer{"size": shard.Final.Size, "root": b64.Encode(shard.Final.Root[:])}
		}
		shards[i] = object
	}
	object := answer{
		"version": list.Version, "issued": list.Issued, "expires": list.Expires, "shards": shards,
	}
	if write := list.ShardToWrite(); write != nil {
		object["write"] = write.Key.String()
	}
	return object
}
