package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"unsafe"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/argoproj/argo-cd/v3/applicationset/generators"
	pullrequest "github.com/argoproj/argo-cd/v3/applicationset/services/pull_request"
	scmprovider "github.com/argoproj/argo-cd/v3/applicationset/services/scm_provider"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

// Fixtures are answers of services the generators would ask, keyed `provider:owner/name`
// as in a platform file.
type Fixtures struct {
	// Plugin answers by ConfigMap: what output.parameters holds.
	Plugin      map[string]json.RawMessage `json:"plugin,omitempty"`
	PullRequest map[string][]PullRequest `json:"pullRequest,omitempty"`
	SCMProvider map[string][]SCMRepo     `json:"scmProvider,omitempty"`
}

// PullRequest is one open pull request.
type PullRequest struct {
	Number       int64    `json:"number"`
	Title        string   `json:"title"`
	Branch       string   `json:"branch"`
	TargetBranch string   `json:"target_branch"`
	HeadSHA      string   `json:"head_sha"`
	Labels       []string `json:"labels"`
	Author       string   `json:"author"`
}

// SCMRepo is one branch of one repository; several with one name are its branches.
type SCMRepo struct {
	Organization string   `json:"organization"`
	Repository   string   `json:"repository"`
	RepositoryID any      `json:"repository_id"`
	URL          string   `json:"url"`
	Branch       string   `json:"branch"`
	SHA          string   `json:"sha"`
	Labels       []string `json:"labels"`
	Paths        []string `json:"paths"`
}

type fixturePulls []PullRequest

func (f fixturePulls) List(context.Context) ([]*pullrequest.PullRequest, error) {
	var out []*pullrequest.PullRequest
	for _, p := range f {
		out = append(out, &pullrequest.PullRequest{Number: p.Number, Title: p.Title, Branch: p.Branch, TargetBranch: p.TargetBranch, HeadSHA: p.HeadSHA, Labels: p.Labels, Author: p.Author})
	}
	return out, nil
}

type fixtureRepos []SCMRepo

func (r SCMRepo) asked() *scmprovider.Repository {
	return &scmprovider.Repository{Organization: r.Organization, Repository: r.Repository, URL: r.URL, Branch: r.Branch, SHA: r.SHA, Labels: r.Labels, RepositoryId: r.RepositoryID}
}

func (f fixtureRepos) ListRepos(context.Context, string) ([]*scmprovider.Repository, error) {
	var out []*scmprovider.Repository
	seen := map[string]bool{}
	for _, r := range f {
		if !seen[r.Repository] {
			seen[r.Repository] = true
			out = append(out, r.asked())
		}
	}
	return out, nil
}

func (f fixtureRepos) GetBranches(_ context.Context, repo *scmprovider.Repository) ([]*scmprovider.Repository, error) {
	var out []*scmprovider.Repository
	for _, r := range f {
		if r.Repository == repo.Repository {
			out = append(out, r.asked())
		}
	}
	return out, nil
}

func (f fixtureRepos) RepoHasPath(_ context.Context, repo *scmprovider.Repository, path string) (bool, error) {
	for _, r := range f {
		if r.Repository != repo.Repository || r.Branch != repo.Branch {
			continue
		}
		for _, p := range r.Paths {
			if p == path || strings.HasPrefix(p, strings.TrimSuffix(path, "/")+"/") {
				return true, nil
			}
		}
	}
	return false, nil
}

// fixtureKey names the service a generator asks: its provider's field and who owns what.
func fixtureKey(generator any) string {
	b, _ := json.Marshal(generator)
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(b, &fields)
	for _, provider := range sortedKeys(fields) {
		var at struct {
			Organization, Owner, Group, Project, TeamProject, Repo, Region string
		}
		if json.Unmarshal(fields[provider], &at) != nil || !strings.HasPrefix(string(fields[provider]), "{") || provider == "template" || provider == "values" {
			continue
		}
		var parts []string
		for _, p := range []string{at.Organization, at.Owner, at.Group, at.Project, at.TeamProject, at.Repo, at.Region} {
			if p != "" {
				parts = append(parts, p)
			}
		}
		return provider + ":" + strings.Join(parts, "/")
	}
	return ""
}

// pullGenerator and scmGenerator are the real generators with the service swapped.
type pullGenerator struct {
	generators.Generator
	f Fixtures
}

func (g pullGenerator) GenerateParams(gen *v1alpha1.ApplicationSetGenerator, set *v1alpha1.ApplicationSet, c client.Client) ([]map[string]any, error) {
	key := fixtureKey(gen.PullRequest)
	list, ok := g.f.PullRequest[key]
	if !ok {
		return nil, errNoFixture{"pullRequest", key}
	}
	choose := func(context.Context, *v1alpha1.PullRequestGenerator, *v1alpha1.ApplicationSet) (pullrequest.PullRequestService, error) {
		return fixturePulls(list), nil
	}
	field := reflect.ValueOf(g.Generator).Elem().FieldByName("selectServiceProviderFunc")
	reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem().Set(reflect.ValueOf(choose))
	return g.Generator.GenerateParams(gen, set, c)
}

type scmGenerator struct {
	generators.Generator
	f Fixtures
}

func (g scmGenerator) GenerateParams(gen *v1alpha1.ApplicationSetGenerator, set *v1alpha1.ApplicationSet, c client.Client) ([]map[string]any, error) {
	key := fixtureKey(gen.SCMProvider)
	list, ok := g.f.SCMProvider[key]
	if !ok {
		return nil, errNoFixture{"scmProvider", key}
	}
	return generators.NewTestSCMProviderGenerator(fixtureRepos(list)).GenerateParams(gen, set, c)
}

type errNoFixture struct{ kind, key string }

func (e errNoFixture) Error() string {
	return fmt.Sprintf("no fixture for %s %s", e.kind, e.key)
}

// PluginAnswer is one canned answer of a plugin generator's service.
type PluginAnswer struct {
	// Parameters, when given, must equal the input parameters of the request.
	Parameters json.RawMessage `json:"parameters,omitempty"`
	Status     int             `json:"status,omitempty"`
	// Output is wrapped as the service's answer; Body is sent as it is.
	Output json.RawMessage `json:"output,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// pluginHost answers for all plugin services of a case on one loopback port.
type pluginHost struct {
	server *httptest.Server
	mu     sync.Mutex
	seen   []map[string]any
	names  []string // pairs for a Replacer: loopback address, address in the case
}

// host starts the services and points the ConfigMaps of the case at them.
func (w *cluster) host(byURL map[string][]PluginAnswer, byMap map[string]json.RawMessage) *pluginHost {
	p := &pluginHost{}
	answers := map[string][]PluginAnswer{}
	for base, list := range byURL {
		answers[base] = list
	}
	for _, o := range w.typed {
		m, ok := o.(*corev1.ConfigMap)
		if !ok || m.Data["baseUrl"] == "" {
			continue
		}
		if output, ok := byMap[m.Name]; ok {
			answers[m.Data["baseUrl"]] = []PluginAnswer{{Output: output}}
		}
	}
	if len(answers) == 0 {
		return p
	}
	mux := http.NewServeMux()
	p.server = httptest.NewServer(mux)
	for i, base := range sortedKeys(answers) {
		prefix := fmt.Sprintf("/%d", i)
		p.names = append(p.names, p.server.URL+prefix, base)
		mux.Handle(prefix+"/", p.serve(base, prefix, answers[base]))
		for _, o := range w.typed {
			if m, ok := o.(*corev1.ConfigMap); ok && m.Data["baseUrl"] == base {
				m.Data["baseUrl"] = p.server.URL + prefix
			}
		}
	}
	return p
}

func (p *pluginHost) close() {
	if p.server != nil {
		p.server.Close()
	}
}

func (p *pluginHost) clean(s string) string { return strings.NewReplacer(p.names...).Replace(s) }

func (p *pluginHost) serve(base, prefix string, answers []PluginAnswer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Input struct {
				Parameters map[string]any `json:"parameters"`
			} `json:"input"`
		}
		var body json.RawMessage
		_ = json.NewDecoder(r.Body).Decode(&body)
		_ = json.Unmarshal(body, &asked)
		p.mu.Lock()
		p.seen = append(p.seen, map[string]any{"baseUrl": base, "path": strings.TrimPrefix(r.URL.Path, prefix), "method": r.Method, "authorization": r.Header.Get("Authorization"), "body": body})
		p.mu.Unlock()
		for _, a := range answers {
			var want map[string]any
			if len(a.Parameters) > 0 && json.Unmarshal(a.Parameters, &want) == nil && !reflect.DeepEqual(want, asked.Input.Parameters) {
				continue
			}
			w.Header().Set("Content-Type", "application/json")
			if a.Status != 0 {
				w.WriteHeader(a.Status)
			}
			if len(a.Output) > 0 {
				_, _ = fmt.Fprintf(w, `{"output":{"parameters":%s}}`, a.Output)
			} else {
				_, _ = w.Write(a.Body)
			}
			return
		}
		w.WriteHeader(http.StatusNotFound)
	}
}
