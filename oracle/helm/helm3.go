//go:build helm3

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sort"

	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/cli/values"
	"helm.sh/helm/v3/pkg/getter"
	"helm.sh/helm/v3/pkg/release"
)

func options(q *Question) *values.Options {
	return &values.Options{
		ValueFiles: q.ValueFiles, JSONValues: q.SetJSON, Values: q.Set,
		StringValues: q.SetString, FileValues: q.SetFile, LiteralValues: q.SetLiteral,
	}
}

// run does what `helm template` does up to the values that templates see.
func run(q *Question) (user, vals map[string]any, charts []string, err error) {
	user, err = options(q).MergeValues(getter.Providers{})
	if err != nil || (q.Chart == nil && q.Archive == "") {
		return user, nil, nil, err
	}
	var c *chart.Chart
	if q.Archive != "" {
		c, err = loader.LoadArchive(bytes.NewReader(bytesOf("base64:" + q.Archive)))
	} else {
		var files []*loader.BufferedFile
		for _, f := range filesOf(q) {
			files = append(files, &loader.BufferedFile{Name: f.name, Data: f.data})
		}
		c, err = loader.LoadFiles(files)
	}
	if err != nil {
		return user, nil, nil, err
	}
	order(c)
	if err := chartutil.ProcessDependenciesWithMerge(c, user); err != nil {
		return user, nil, nil, err
	}
	top, err := chartutil.ToRenderValuesWithSchemaValidation(c, user, chartutil.ReleaseOptions{}, nil, q.SkipSchema)
	if err != nil {
		return user, nil, nil, err
	}
	return user, top["Values"].(chartutil.Values), paths(c, nil), nil
}

// order undoes the random order in which charts are loaded.
func order(c *chart.Chart) {
	deps := c.Dependencies()
	sort.SliceStable(deps, func(i, j int) bool { return deps[i].Name() < deps[j].Name() })
	for _, d := range deps {
		order(d)
	}
}

func paths(c *chart.Chart, into []string) []string {
	into = append(into, c.ChartFullPath())
	for _, d := range c.Dependencies() {
		into = paths(d, into)
	}
	return into
}

// template does what the command `helm template` does on a chart whose dependencies lie in it.
func template(q *Question) (string, error) {
	t := q.Template
	client := action.NewInstall(&action.Configuration{Log: func(string, ...any) {}})
	if t.KubeVersion != "" {
		parsed, err := chartutil.ParseKubeVersion(t.KubeVersion)
		if err != nil {
			return "", fmt.Errorf("invalid kube version '%s': %s", t.KubeVersion, err)
		}
		client.KubeVersion = parsed
	}
	client.DryRun, client.DryRunOption, client.ClientOnly = true, "true", true
	client.Replace = true
	client.APIVersions = chartutil.VersionSet(t.APIVersions)
	client.IncludeCRDs = t.IncludeCRDs
	client.DisableHooks = t.NoHooks
	client.IsUpgrade = t.IsUpgrade
	client.SkipSchemaValidation = q.SkipSchema
	client.Namespace = t.Namespace
	client.ReleaseName = t.Release
	user, err := options(q).MergeValues(getter.Providers{})
	if err != nil {
		return "", err
	}
	c, err := loader.Load(t.Chart)
	if err != nil {
		return "", err
	}
	order(c)
	if kind := c.Metadata.Type; kind != "" && kind != "application" {
		return "", fmt.Errorf("%s charts are not installable", kind)
	}
	if req := c.Metadata.Dependencies; req != nil {
		if err := action.CheckDependencies(c, req); err != nil {
			return "", fmt.Errorf("An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: %w", err)
		}
	}
	rel, err := client.RunWithContext(context.Background(), c, user)
	if err != nil {
		if rel != nil {
			return "", fmt.Errorf("%w\n\nUse --debug flag to render out invalid YAML", err)
		}
		return "", err
	}
	if rel == nil {
		return "", errors.New("no release")
	}
	var hooks []hook
	for _, h := range rel.Hooks {
		test := false
		for _, e := range h.Events {
			test = test || e == release.HookTest
		}
		hooks = append(hooks, hook{h.Path, h.Manifest, test})
	}
	return printed(rel.Manifest, hooks, t), nil
}
