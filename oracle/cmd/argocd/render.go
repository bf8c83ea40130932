package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"time"
	"unsafe"

	"google.golang.org/grpc"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/utils/kube"

	"github.com/argoproj/argo-cd/v3/controller"
	statecache "github.com/argoproj/argo-cd/v3/controller/cache"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/reposerver/repository"
	"github.com/argoproj/argo-cd/v3/util/argo"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	"github.com/argoproj/argo-cd/v3/util/db"
	"github.com/argoproj/argo-cd/v3/util/git"
	utilio "github.com/argoproj/argo-cd/v3/util/io"
	"github.com/argoproj/argo-cd/v3/util/settings"
)

// Rendered is what the controller gets from the repo server for an Application.
type Rendered struct {
	ID any `json:"id,omitempty"`
	// Manifests are the target objects, tracked, in the repo server's order.
	Manifests []map[string]any `json:"manifests"`
	// Reason is the condition's type, or the judge's own: CaseError, ParseError, Panic, unsupported.
	Reason      string     `json:"reason"`
	Error       string     `json:"error"`
	SourceTypes []string   `json:"sourceTypes"`
	Revisions   []string   `json:"revisions"`
	Commands    [][]string `json:"commands"`
	Ms          int64      `json:"ms"`
}

func (r *Rendered) fail(reason string, err error) *Rendered {
	r.Reason, r.Error = reason, ownValues.ReplaceAllString(err.Error(), "<temp file with values from source.helm.values/valuesObject>")
	return r
}

// ownValues is the file with a source's own values, whose name is random.
var ownValues = regexp.MustCompile(`/tmp/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// facts are what the controller's cache knows of a destination cluster.
type facts struct {
	statecache.LiveStateCache
	version string
	kinds   []kube.APIResourceInfo
}

func (f facts) GetVersionsInfo(*v1alpha1.Cluster) (string, []kube.APIResourceInfo, error) {
	return f.version, f.kinds, nil
}

// kinds reads "v1/Pod" and "apps/v1/Deployment".
func kinds(texts []string) []kube.APIResourceInfo {
	var out []kube.APIResourceInfo
	for _, text := range texts {
		at := strings.LastIndexByte(text, '/')
		gv, _ := schema.ParseGroupVersion(text[:max(at, 0)])
		gk := schema.GroupKind{Group: gv.Group, Kind: text[at+1:]}
		out = append(out, kube.APIResourceInfo{GroupKind: gk, GroupVersionResource: gv.WithResource(strings.ToLower(gk.Kind) + "s")})
	}
	return out
}

func (c *Case) render() *Rendered {
	start := time.Now()
	r := &Rendered{Manifests: []map[string]any{}, SourceTypes: []string{}, Revisions: []string{}, Commands: [][]string{}}
	func() {
		defer func() {
			if p := recover(); p != nil {
				r.fail("Panic", fmt.Errorf("%v", p))
			}
		}()
		c.renderInto(r)
	}()
	r.ID, r.Ms = c.ID, time.Since(start).Milliseconds()
	return r
}

func (c *Case) renderInto(r *Rendered) *Rendered {
	app := &v1alpha1.Application{}
	if err := yaml.Unmarshal(c.Application, app); err != nil {
		return r.fail("ParseError", err)
	}
	if app.Namespace == "" {
		app.Namespace = c.ControllerNamespace
	}
	if app.Spec.Project == "" {
		app.Spec.Project = "default"
	}
	w, err := c.cluster()
	if err != nil {
		return r.fail("CaseError", err)
	}
	var project *v1alpha1.AppProject
	for _, o := range w.typed {
		if p, ok := o.(*v1alpha1.AppProject); ok && p.Name == app.Spec.Project {
			project = p
		}
	}
	if project == nil {
		return r.fail("InvalidSpecError", fmt.Errorf("Application referencing project %s which does not exist", app.Spec.Project))
	}
	sources := app.Spec.GetSources()
	for _, s := range sources {
		if s.IsOCI() || s.IsHelm() {
			return r.fail("unsupported", errors.New("charts and artifacts of registries are not served"))
		}
	}
	server, err := c.renderServer()
	if err != nil {
		return r.fail("CaseError", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	client := w.kube()
	manager := settings.NewSettingsManager(ctx, client, c.ControllerNamespace)
	argoDB := db.NewDB(c.ControllerNamespace, manager, client)
	known := facts{version: c.KubeVersion, kinds: kinds(c.APIVersions)}
	state := controller.NewAppStateManager(argoDB, nil, server, c.ControllerNamespace, nil, nil, manager, known, nil, nil,
		time.Minute, argo.NewResourceTracking(), false, 0, false, normalizers.IgnoreNormalizerOpts{})
	label, err := manager.GetAppInstanceLabelKey()
	if err != nil {
		return r.fail("CaseError", err)
	}
	objects, answers, _, err := state.GetRepoObjs(ctx, app, sources, label, make([]string, len(sources)), true, true, nil, project, true)
	if err != nil {
		return r.fail("ComparisonError", fmt.Errorf("Failed to load target state: %w", err))
	}
	for _, o := range objects {
		r.Manifests = append(r.Manifests, o.Object)
	}
	for _, a := range answers {
		r.SourceTypes = append(r.SourceTypes, a.SourceType)
		r.Revisions = append(r.Revisions, a.Revision)
		r.Commands = append(r.Commands, append([]string{}, a.Commands...))
	}
	return r
}

// renderServer is a repository service whose git clients fetch from the folders of a case:
// unlike the service for expansions it keeps the addresses, which templates can see.
type renderServer struct {
	apiclient.RepoServerServiceClient
	service *repository.Service
}

var (
	renderMu      sync.Mutex
	renderServers = map[string]*renderServer{}
)

func (c *Case) renderServer() (*renderServer, error) {
	spelled, _ := json.Marshal([]any{c.Repos, c.Flags, c.base})
	renderMu.Lock()
	defer renderMu.Unlock()
	if s, ok := renderServers[string(spelled)]; ok {
		return s, nil
	}
	// A service of its own: flags and cache are not shared with other cases.
	s, err := newService(c.Flags)
	if err != nil {
		return nil, err
	}
	addresses := &repoServer{repos: c.Repos, at: c.at}
	field := reflect.ValueOf(s).Elem().FieldByName("newGitClient")
	open := func(url, path string, _ git.Creds, insecure, _ bool, _, _ string, opts ...git.ClientOpts) (git.Client, error) {
		r, ok := addresses.find(url)
		if !ok {
			return nil, fmt.Errorf("oracle: the case has no folder for repository %s", url)
		}
		local, err := publish(r, c.at)
		if err != nil {
			return nil, err
		}
		return git.NewClientExt(local, path, git.NopCreds{}, insecure, false, "", "", opts...)
	}
	reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem().Set(reflect.ValueOf(open))
	made := &renderServer{service: s}
	renderServers[string(spelled)] = made
	return made, nil
}

func (s *renderServer) NewRepoServerClient() (utilio.Closer, apiclient.RepoServerServiceClient, error) {
	return utilio.NopCloser, s, nil
}

func (s *renderServer) GenerateManifest(ctx context.Context, q *apiclient.ManifestRequest, _ ...grpc.CallOption) (*apiclient.ManifestResponse, error) {
	return wire(ctx, q, s.service.GenerateManifest)
}

func (s *renderServer) ResolveRevision(ctx context.Context, q *apiclient.ResolveRevisionRequest, _ ...grpc.CallOption) (*apiclient.ResolveRevisionResponse, error) {
	return wire(ctx, q, s.service.ResolveRevision)
}

func (s *renderServer) UpdateRevisionForPaths(ctx context.Context, q *apiclient.UpdateRevisionForPathsRequest, _ ...grpc.CallOption) (*apiclient.UpdateRevisionForPathsResponse, error) {
	return wire(ctx, q, s.service.UpdateRevisionForPaths)
}

// tools puts first on the path what the repo server looks for there: the Helm named by
// ORACLE_HELM, and a verification of signatures that finds none.
func tools() error {
	folder := filepath.Join(scratch, "bin")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "git-verify-wrapper.sh"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		return err
	}
	if helm := os.Getenv("ORACLE_HELM"); helm != "" {
		helm, err := filepath.Abs(helm)
		if err != nil {
			return err
		}
		if err := os.Symlink(helm, filepath.Join(folder, "helm")); err != nil {
			return err
		}
	}
	return os.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
}
