// What deploy/ hands out, as the programs read it that it is for: compose files by the library of Docker Compose,
// manifests of Kubernetes strictly into the types of its API, in which an unknown field is an error.
//
//	cd test/support/manifests && go run . ../../../deploy [rendered.yaml...]
//
// Further files are manifests, too: what `kubectl kustomize` makes of a folder.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

var types = map[string]func() any{
	"v1 ConfigMap":                       func() any { return new(core.ConfigMap) },
	"v1 Namespace":                       func() any { return new(core.Namespace) },
	"v1 PersistentVolumeClaim":           func() any { return new(core.PersistentVolumeClaim) },
	"v1 Service":                         func() any { return new(core.Service) },
	"apps/v1 StatefulSet":                func() any { return new(apps.StatefulSet) },
	"batch/v1 Job":                       func() any { return new(batch.Job) },
	"networking.k8s.io/v1 Ingress":       func() any { return new(networking.Ingress) },
	"networking.k8s.io/v1 NetworkPolicy": func() any { return new(networking.NetworkPolicy) },
	"policy/v1 PodDisruptionBudget":      func() any { return new(policy.PodDisruptionBudget) },
}

func checkCompose(path string) error {
	options, err := cli.NewProjectOptions([]string{path}, cli.WithOsEnv, cli.WithoutEnvironmentResolution)
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d services\n", path, len(project.Services))
	return nil
}

func checkManifest(text string) error {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := yaml.Unmarshal([]byte(text), &head); err != nil {
		return err
	}
	name := head.APIVersion + " " + head.Kind
	make, known := types[name]
	if !known {
		return fmt.Errorf("no type for %q", name)
	}
	return yaml.UnmarshalStrict([]byte(text), make())
}

func checkManifests(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	documents := strings.Split(string(text), "\n---\n")
	for i, document := range documents {
		if err := checkManifest(document); err != nil {
			return fmt.Errorf("document %d: %w", i+1, err)
		}
	}
	fmt.Printf("%s: %d manifests\n", path, len(documents))
	return nil
}

func main() {
	deploy := os.Args[1]
	failed := false
	check := func(paths []string, one func(string) error) {
		for _, path := range paths {
			if strings.HasSuffix(path, "kustomization.yaml") {
				continue
			}
			if err := one(path); err != nil {
				failed = true
				fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			}
		}
	}
	glob := func(pattern string) []string {
		paths, _ := filepath.Glob(filepath.Join(deploy, pattern))
		return paths
	}
	check(glob("compose*.yaml"), checkCompose)
	check(append(glob("kubernetes/*/*.yaml"), os.Args[2:]...), checkManifests)
	if failed {
		os.Exit(1)
	}
}
