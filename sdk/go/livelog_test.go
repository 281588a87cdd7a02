package tecp

import (
	"os"
	"testing"
	"time"
)

// The tests of the repository run a log and witnesses, and say where they are.
const (
	logURLVariable = "TECP_TEST_LOG_URL"
	policyVariable = "TECP_TEST_POLICY"
)

func liveLog(t *testing.T) (*LogClient, *Policy) {
	t.Helper()
	url, path := os.Getenv(logURLVariable), os.Getenv(policyVariable)
	if url == "" || path == "" {
		t.Skipf("%s and %s do not say where a log is", logURLVariable, policyVariable)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := ParsePolicy(string(text))
	if err != nil {
		t.Fatal(err)
	}
	client, err := NewLogClient(url, LogClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return client, policy
}

func freshReceipt(t *testing.T) *Receipt {
	t.Helper()
	params := exampleParams(t)
	params.Time, params.Nonce = time.Time{}, nil
	return mustCreate(t, params)
}

func TestAReceiptThatWasLoggedVerifiesStrictlyAndOffline(t *testing.T) {
	client, policy := liveLog(t)
	receipt := freshReceipt(t)
	logged, err := client.Log(t.Context(), receipt)
	if err != nil {
		t.Fatal(err)
	}
	options := VerifyOptions{Profile: ProfileStrict, Now: time.Now().Add(time.Second), Policy: policy}
	options.TrustedKeys = []string{receipt.PublicKey()}
	verdict, err := VerifyReceipt(mustEncode(t, logged), options)
	if err != nil {
		t.Fatal(err)
	}
	// eu_region says nothing that the profile asks for, and no_retention does.
	if !verdict.Valid || verdict.Inclusion == nil || len(verdict.Inclusion.Witnesses) == 0 || verdict.LoggedAt.IsZero() {
		t.Fatalf("%+v", verdict)
	}
	leafHash, err := ReceiptLeafHash(receipt)
	if err != nil {
		t.Fatal(err)
	}
	for name, fetch := range map[string]func() (string, error){
		"leaf hash": func() (string, error) { return client.Proof(t.Context(), leafHash) },
		"index":     func() (string, error) { return client.ProofAt(t.Context(), verdict.Inclusion.Index) },
	} {
		proof, err := fetch()
		if err != nil {
			t.Fatalf("proof by %s: %v", name, err)
		}
		if inclusion, err := VerifyProof(proof, leafHash, policy); err != nil || !inclusion.QuorumMet {
			t.Errorf("proof by %s: %+v, %v", name, inclusion, err)
		}
	}
}

func TestManyReceiptsAreLoggedAndThoseRefusedSayWhy(t *testing.T) {
	client, policy := liveLog(t)
	old := mustCreate(t, exampleParams(t))
	results, err := client.LogMany(t.Context(), []*Receipt{freshReceipt(t), old, freshReceipt(t)})
	if err != nil || len(results) != 3 {
		t.Fatalf("%v, %v", results, err)
	}
	if remoteOf(t, results[1].Err).Code != CodeExpired || results[1].Receipt != nil {
		t.Errorf("a receipt of long ago: %+v", results[1])
	}
	for _, i := range []int{0, 2} {
		if results[i].Err != nil {
			t.Fatal(results[i].Err)
		}
		options := VerifyOptions{Profile: ProfileStrict, Now: time.Now().Add(time.Second), Policy: policy}
		if verdict, err := VerifyReceiptValue(results[i].Receipt, options); err != nil || !verdict.Valid {
			t.Errorf("%+v, %v", verdict, err)
		}
	}
}

func TestTheSameReceiptHasTheSameIndexForEver(t *testing.T) {
	client, _ := liveLog(t)
	receipt := freshReceipt(t)
	first, err := client.Submit(t.Context(), receipt)
	if err != nil || first.Duplicate {
		t.Fatalf("%+v, %v", first, err)
	}
	results, err := client.SubmitMany(t.Context(), []*Receipt{freshReceipt(t), receipt, freshReceipt(t)})
	if err != nil {
		t.Fatal(err)
	}
	for i, result := range results {
		if result.Err != nil || result.Submitted.Duplicate != (i == 1) {
			t.Fatalf("result %d: %+v, %v", i, result.Submitted, result.Err)
		}
	}
	if again := results[1].Submitted; again.Index != first.Index || again.LeafHash != first.LeafHash {
		t.Errorf("%+v, then %+v", first, again)
	}
}

func TestALogSaysWhatIsWrongWithAReceipt(t *testing.T) {
	client, _ := liveLog(t)
	old := mustCreate(t, exampleParams(t))
	if _, err := client.Submit(t.Context(), old); remoteOf(t, err).Code != CodeExpired {
		t.Errorf("a receipt of long ago: %v", err)
	}
	_, err := client.Proof(t.Context(), Hash{})
	if remote := remoteOf(t, err); remote.Status != 404 || remote.Code != "not-found" {
		t.Errorf("a proof of nothing: %v", err)
	}
}
