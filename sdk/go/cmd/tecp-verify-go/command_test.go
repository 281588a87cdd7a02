package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	tecp "tecp.example/go"
)

// The test binary is the command, when it is asked to.
const asCommand = "TECP_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(run(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func processOf(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	process := exec.Command(self, args...)
	process.Env = append(os.Environ(), asCommand+"=1")
	return process
}

func command(t *testing.T, input string, args ...string) (output, errors string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	process := processOf(t, args...)
	process.Stdin, process.Stdout, process.Stderr = strings.NewReader(input), &stdout, &stderr
	if err := process.Run(); err != nil && process.ProcessState == nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), process.ProcessState.ExitCode()
}

// exampleFiles writes the receipt and the policy of docs/spec/receipt.md, section 9.
func exampleFiles(t *testing.T) (receipt, policy string) {
	t.Helper()
	text, err := os.ReadFile("../../../../docs/spec/receipt.md")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	write := func(block string) string {
		found := regexp.MustCompile("(?s)```[a-z]+ " + block + "\n(.*?\n)```").FindSubmatch(text)
		path := filepath.Join(folder, block)
		if found == nil || os.WriteFile(path, found[1], 0o600) != nil {
			t.Fatalf("no block %q", block)
		}
		return path
	}
	return write("receipt"), write("policy")
}

const issuer = "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w"

func TestAFileGetsItsVerdictAndExitCode(t *testing.T) {
	receipt, policy := exampleFiles(t)
	const now = "1784536000000"
	strict := []string{receipt, "--policy", policy, "--profile", "tecp-strict", "--now", now}
	for _, args := range [][]string{
		strict,
		append([]string{"--issuer", issuer}, strict...),
		append(strict[1:], "--issuer="+issuer, receipt),
	} {
		output, _, code := command(t, "", args...)
		if code != exitValid || !strings.HasSuffix(output, "}\n") || !strings.Contains(output, `"logged_at":1753000002000`) {
			t.Errorf("%q: exit code %d, %s", args, code, output)
		}
	}
	output, _, code := command(t, "", receipt, "--now", now)
	want := `{"errors":[{"code":"E-TS-003","field":"ts"}],`
	if code != exitNotValid || !strings.HasPrefix(output, want) || strings.Count(output, "\n") != 1 {
		t.Errorf("exit code %d, %s", code, output)
	}
}

func TestAKeyMayBeginWithADash(t *testing.T) {
	receipt, _ := exampleFiles(t)
	issuer := ""
	for seed := make([]byte, 32); !strings.HasPrefix(issuer, "-"); seed[0]++ {
		key, err := tecp.IssuerKeyFromSeed(seed)
		if err != nil {
			t.Fatal(err)
		}
		issuer = key.PublicKey()
	}
	for _, args := range [][]string{{receipt, "--issuer", issuer}, {"--issuer=" + issuer, receipt}} {
		if output, errors, code := command(t, "", args...); code != exitNotValid || !strings.Contains(output, tecp.CodeUntrustedKey) {
			t.Errorf("%q: exit code %d, %s, %s", args, code, output, errors)
		}
	}
}

func TestADashAloneIsTheNameOfAFile(t *testing.T) {
	receipt, _ := exampleFiles(t)
	folder := filepath.Dir(receipt)
	if err := os.Rename(receipt, filepath.Join(folder, "-")); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-"}, {"--", "-"}} {
		var stdout bytes.Buffer
		process := processOf(t, args...)
		process.Dir, process.Stdout = folder, &stdout
		if err := process.Run(); err != nil && process.ProcessState == nil {
			t.Fatal(err)
		}
		if code := process.ProcessState.ExitCode(); code != exitNotValid || !strings.Contains(stdout.String(), tecp.CodeExpired) {
			t.Errorf("%q: exit code %d, %s", args, code, stdout.String())
		}
	}
}

func TestWhatCannotBeJudgedIsSaidOnStandardErrorAlone(t *testing.T) {
	receipt, policy := exampleFiles(t)
	for _, args := range [][]string{
		{}, {policy + ".none"}, {receipt, receipt}, {receipt, "--policy", receipt}, {receipt, "--policy", policy + ".none"},
		{receipt, "--profile", "strict"}, {receipt, "--profile", ""}, {receipt, "--now", "soon"}, {receipt, "--now", "-1"},
		{receipt, "--now", "9007199254740992"}, {receipt, "--issuer", "me"}, {receipt, "--other"}, {receipt, "--now"},
		{receipt, "--now", "1", "--now", "1"}, {receipt, "--now=01"}, {receipt, "--now="}, {receipt, "--pol", policy},
		{receipt, "-policy", policy}, {receipt, "-"}, {receipt, "--policy", "--now", "1"}, {receipt, "--", "--now", "1"},
		{"--lines", receipt}, {"--lines", "--now", "1"}, {"--lines", "--lines"}, {"--lines=true"}, {"--help=true"},
		{"a\nfile"},
	} {
		output, errors, code := command(t, "", args...)
		if code != exitUnusable || output != "" || strings.Count(errors, "\n") != 1 {
			t.Errorf("%q: exit code %d, %q, %q", args, code, output, errors)
		}
	}
}

func TestTheUsageIsOnStandardOutput(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"file", "--now", "1", "--help"}, {"--lines", "--help"}} {
		output, errors, code := command(t, "", args...)
		if code != exitValid || output != usage || errors != "" {
			t.Errorf("%q: exit code %d, %q, %q", args, code, output, errors)
		}
	}
	if output, _, code := command(t, "", "--", "--help"); code != exitUnusable || output != "" {
		t.Errorf("exit code %d, %q", code, output)
	}
}

func TestAnAnswerThatCannotBeWrittenIsSaid(t *testing.T) {
	receipt, _ := exampleFiles(t)
	for _, args := range [][]string{{receipt}, {"--lines"}, {"--help"}} {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		reader.Close()
		var stderr bytes.Buffer
		process := processOf(t, args...)
		process.Stdin, process.Stdout, process.Stderr = strings.NewReader("{}\n"), writer, &stderr
		if err := process.Run(); err != nil && process.ProcessState == nil {
			t.Fatal(err)
		}
		writer.Close()
		if code := process.ProcessState.ExitCode(); code != exitUnusable || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%q: exit code %d, %q", args, code, stderr.String())
		}
	}
}

func TestLinesAreAnsweredUntilTheirEnd(t *testing.T) {
	const request = `{"op":"leaf-hash","entry":""}`
	const answer = `{"leaf_hash":"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"}` + "\n"
	const bad = `{"error":"bad-request"}` + "\n"
	output, _, code := command(t, request+"\n\n[]\n\xff\n"+request+"x\n"+request, "--lines")
	if want := answer + strings.Repeat(bad, 4) + answer; code != exitValid || output != want {
		t.Errorf("exit code %d, %s", code, output)
	}
}

func TestALineThatBreaksOffIsNotAnswered(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	sender, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	receiver, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	input, err := receiver.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	receiver.Close()
	process := processOf(t, "--lines")
	process.Stdin = input
	var stderr bytes.Buffer
	process.Stderr = &stderr
	answers, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	input.Close()
	if _, err := sender.Write([]byte("{}\n{}")); err != nil {
		t.Fatal(err)
	}
	const bad = `{"error":"bad-request"}` + "\n"
	first := make([]byte, len(bad))
	if _, err := io.ReadFull(answers, first); err != nil || string(first) != bad {
		t.Fatalf("%q, %v", first, err)
	}
	// Without lingering, an end is a reset.
	if err := sender.(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	sender.Close()
	rest, err := io.ReadAll(answers)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Wait(); err != nil && process.ProcessState == nil {
		t.Fatal(err)
	}
	code := process.ProcessState.ExitCode()
	if code != exitUnusable || len(rest) != 0 || strings.Count(stderr.String(), "\n") != 1 {
		t.Errorf("exit code %d, %q, %q", code, rest, stderr.String())
	}
}

func TestALineOfSixteenMebibytesIsTheLongest(t *testing.T) {
	line := strings.Repeat(" ", maxLineBytes)
	if output, _, code := command(t, line+"\n", "--lines"); code != exitValid || output == "" {
		t.Errorf("exit code %d, %q", code, output)
	}
	if output, errors, code := command(t, line+" \n", "--lines"); code != exitUnusable || output != "" || errors == "" {
		t.Errorf("exit code %d, %q, %q", code, output, errors)
	}
}

func TestAnAnswerIsWrittenBeforeTheNextRequestIsWaitedFor(t *testing.T) {
	process := processOf(t, "--lines")
	requests, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := requests.Write([]byte("{}\n")); err != nil {
			t.Fatal(err)
		}
		if _, err := answers.Read(make([]byte, 64)); err != nil {
			t.Fatal(err)
		}
	}
	requests.Close()
	if err := process.Wait(); err != nil {
		t.Error(err)
	}
}
