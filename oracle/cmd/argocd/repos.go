package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	repocache "github.com/argoproj/argo-cd/v3/reposerver/cache"
	repometrics "github.com/argoproj/argo-cd/v3/reposerver/metrics"
	"github.com/argoproj/argo-cd/v3/reposerver/repository"
	cacheutil "github.com/argoproj/argo-cd/v3/util/cache"
	"github.com/argoproj/argo-cd/v3/util/git"
	grpcutil "github.com/argoproj/argo-cd/v3/util/grpc"
	utilio "github.com/argoproj/argo-cd/v3/util/io"
)

// Repo says what a repository holds: files written in the case, or a folder (a plain one,
// a work tree, a bare repository).
type Repo struct {
	Files map[string]string `json:"files,omitempty"`
	Dir   string            `json:"dir,omitempty"`
	// Commit serves that one commit of Dir.
	Commit string `json:"commit,omitempty"`
	// AnyRevision makes every revision mean HEAD.
	AnyRevision bool     `json:"anyRevision,omitempty"`
	Branches    []string `json:"branches,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	// Artifacts are what an OCI repository holds.
	Artifacts []Artifact `json:"artifacts,omitempty"`
}

// repoServer is Argo CD's repository service in process. Requests name the address in the
// case; the service is given the local address, and errors name the former again. Errors
// pass the server's interceptor and get the code the wire would give them.
type repoServer struct {
	apiclient.RepoServerServiceClient
	service *repository.Service
	repos   map[string]Repo
	at      func(string) string
}

var (
	serviceMu sync.Mutex
	services  = map[Flags]*repository.Service{}
	metrics   = repometrics.NewMetricsServer()
)

// service makes one repository service per set of flags: its cache of files knows patterns,
// not which globbing they were matched with. Its caches of tags know addresses, so a case with artifacts has its own.
func service(c *Case) (*repository.Service, error) {
	flags := c.Flags
	flags.Policy, flags.DisablePolicyOverride, flags.ProgressiveSyncs = "", false, false
	for _, r := range c.Repos {
		if r.Artifacts != nil {
			return newService(flags)
		}
	}
	serviceMu.Lock()
	defer serviceMu.Unlock()
	if s, ok := services[flags]; ok {
		return s, nil
	}
	s, err := newService(flags)
	if err == nil {
		services[flags] = s
	}
	return s, err
}

func newService(flags Flags) (*repository.Service, error) {
	root, err := os.MkdirTemp(scratch, "service-")
	if err != nil {
		return nil, err
	}
	day := 24 * time.Hour
	cache := repocache.NewCache(cacheutil.NewCache(cacheutil.NewInMemoryCache(day)), day, day, 10*time.Second)
	s := repository.NewService(metrics, cache, repository.RepoServerInitConstants{
		MaxCombinedDirectoryManifestsSize: resource.MustParse("10M"),
		IncludeHiddenDirectories:          flags.IncludeHiddenDirectories,
		EnableBuiltinGitConfig:            true,
		OCIManifestMaxExtractedSize:       1_000_000_000,
		OCIMediaTypes: []string{"application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+gzip",
			"application/vnd.cncf.helm.chart.content.v1.tar+gzip"},
	}, git.NoopCredsStore{}, root)
	return s, s.Init()
}

func (c *Case) repoServer() (*repoServer, error) {
	s, err := service(c)
	return &repoServer{service: s, repos: c.Repos, at: c.at}, err
}

func (s *repoServer) NewRepoServerClient() (utilio.Closer, apiclient.RepoServerServiceClient, error) {
	return utilio.NopCloser, s, nil
}

// find gives the repository of a URL: the exact text, else the same address, else "*".
func (s *repoServer) find(url string) (Repo, bool) {
	if r, ok := s.repos[url]; ok {
		return r, true
	}
	for _, k := range sortedKeys(s.repos) {
		if k != "*" && git.NormalizeGitURL(k) == git.NormalizeGitURL(url) {
			return s.repos[k], true
		}
	}
	r, ok := s.repos["*"]
	return r, ok
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// local swaps the address in a request for the local one and gives the way back for errors.
func (s *repoServer) local(repo *v1alpha1.Repository, revision *string) (*v1alpha1.Repository, func(error) error, error) {
	r, ok := s.find(repo.Repo)
	if !ok {
		return nil, nil, status.Errorf(codes.Internal, "unable to resolve git revision : oracle: the case has no folder for repository %s", repo.Repo)
	}
	url, err := publish(r, s.at)
	if err != nil {
		return nil, nil, err
	}
	if r.AnyRevision {
		*revision = "HEAD"
	}
	asked := repo.Repo
	out := repo.DeepCopy()
	out.Repo = url
	return out, func(err error) error {
		if err == nil {
			return nil
		}
		st := status.Convert(err)
		return status.Error(st.Code(), strings.ReplaceAll(st.Message(), url, asked))
	}, nil
}

// wire calls h as the gRPC server would and gives the error the client would see.
func wire[Q, R any](ctx context.Context, q Q, h func(context.Context, Q) (R, error)) (R, error) {
	var zero R
	res, err := grpcutil.ErrorSanitizerUnaryServerInterceptor()(ctx, q, nil, func(ctx context.Context, q any) (any, error) { return h(ctx, q.(Q)) })
	if err != nil {
		return zero, status.Convert(err).Err()
	}
	return res.(R), nil
}

func (s *repoServer) GetGitFiles(ctx context.Context, q *apiclient.GitFilesRequest, _ ...grpc.CallOption) (*apiclient.GitFilesResponse, error) {
	repo, back, err := s.local(q.Repo, &q.Revision)
	if err != nil {
		return nil, status.Convert(err).Err()
	}
	q.Repo = repo
	res, err := wire(ctx, q, s.service.GetGitFiles)
	return res, back(err)
}

func (s *repoServer) GetGitDirectories(ctx context.Context, q *apiclient.GitDirectoriesRequest, _ ...grpc.CallOption) (*apiclient.GitDirectoriesResponse, error) {
	repo, back, err := s.local(q.Repo, &q.Revision)
	if err != nil {
		return nil, status.Convert(err).Err()
	}
	q.Repo = repo
	res, err := wire(ctx, q, s.service.GetGitDirectories)
	return res, back(err)
}

// artifact sends requests for an OCI repository to the artifacts of the case.
func (s *repoServer) artifact(repo *v1alpha1.Repository) (*v1alpha1.Repository, error) {
	r, ok := s.find(repo.Repo)
	if !ok || r.Artifacts == nil {
		return nil, status.Errorf(codes.Internal, "oracle: the case has no artifacts for repository %s", repo.Repo)
	}
	proxy, err := registries.proxy(r.Artifacts)
	if err != nil {
		return nil, err
	}
	out := repo.DeepCopy()
	out.Proxy, out.InsecureOCIForceHttp = proxy, true
	return out, nil
}

func (s *repoServer) GetOciFiles(ctx context.Context, q *apiclient.OciFilesRequest, _ ...grpc.CallOption) (*apiclient.OciFilesResponse, error) {
	repo, err := s.artifact(q.Repo)
	if err != nil {
		return nil, status.Convert(err).Err()
	}
	q.Repo = repo
	return wire(ctx, q, s.service.GetOciFiles)
}

func (s *repoServer) GetOciDirectories(ctx context.Context, q *apiclient.OciDirectoriesRequest, _ ...grpc.CallOption) (*apiclient.OciDirectoriesResponse, error) {
	repo, err := s.artifact(q.Repo)
	if err != nil {
		return nil, status.Convert(err).Err()
	}
	q.Repo = repo
	return wire(ctx, q, s.service.GetOciDirectories)
}

var (
	publishMu sync.Mutex
	published = map[string]string{}
)

// publish makes a Repo into a bare repository git can fetch from; equal ones share it.
func publish(r Repo, at func(string) string) (string, error) {
	dir := ""
	if r.Dir != "" {
		var err error
		if dir, err = filepath.Abs(at(r.Dir)); err != nil {
			return "", err
		}
	}
	key := fmt.Sprintf("%q", []any{dir, r.Commit, r.Branches, r.Tags, r.Files})
	publishMu.Lock()
	defer publishMu.Unlock()
	if url, ok := published[key]; ok {
		return url, nil
	}
	bare, err := os.MkdirTemp(scratch, "repo-")
	if err != nil {
		return "", err
	}
	g := gitIn(bare)
	if _, err := g("init", "-q", "--bare", "-b", "main", bare); err != nil {
		return "", err
	}
	tree, err := r.tree(g, bare, dir)
	if err != nil {
		return "", err
	}
	commit, err := g("commit-tree", "-m", "content", tree)
	if err != nil {
		return "", err
	}
	refs := []string{"refs/heads/main"}
	for _, b := range r.Branches {
		refs = append(refs, "refs/heads/"+b)
	}
	for _, t := range r.Tags {
		refs = append(refs, "refs/tags/"+t)
	}
	for _, ref := range refs {
		if _, err := g("update-ref", ref, commit); err != nil {
			return "", err
		}
	}
	published[key] = "file://" + bare
	return published[key], nil
}

// tree stores the content in the bare repository and gives its tree id.
func (r Repo) tree(g func(...string) (string, error), bare, dir string) (string, error) {
	if r.Files != nil {
		work, err := os.MkdirTemp(scratch, "files-")
		if err != nil {
			return "", err
		}
		defer os.RemoveAll(work)
		for name, content := range r.Files {
			p := filepath.Join(work, filepath.Clean("/"+name))
			if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
				return "", err
			}
			// `-> target` stands for a symbolic link.
			if target, ok := strings.CutPrefix(content, "-> "); ok {
				err = os.Symlink(target, p)
			} else {
				err = os.WriteFile(p, []byte(content), 0o644)
			}
			if err != nil {
				return "", err
			}
		}
		dir = work
	} else if objects := objectsOf(dir); objects != "" {
		if err := os.WriteFile(filepath.Join(bare, "objects/info/alternates"), []byte(objects+"\n"), 0o644); err != nil {
			return "", err
		}
		commit := r.Commit
		if commit == "" {
			out, err := gitIn(filepath.Dir(objects))("rev-parse", "HEAD")
			if err != nil {
				return "", err
			}
			commit = out
		}
		return g("rev-parse", commit+"^{tree}")
	}
	if _, err := g("--work-tree="+dir, "add", "-A", "-f", "."); err != nil {
		return "", err
	}
	return g("write-tree")
}

// objectsOf is the object folder of a work tree or bare repository, "" of a plain folder.
func objectsOf(dir string) string {
	for _, p := range []string{".git/objects", "objects"} {
		if st, err := os.Stat(filepath.Join(dir, p)); err == nil && st.IsDir() {
			return filepath.Join(dir, p)
		}
	}
	return ""
}

func gitIn(gitDir string) func(...string) (string, error) {
	return func(args ...string) (string, error) {
		cmd := exec.Command("git", append([]string{"--git-dir=" + gitDir}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
			"GIT_AUTHOR_NAME=seatrial", "GIT_AUTHOR_EMAIL=seatrial@localhost", "GIT_AUTHOR_DATE=2000-01-01T00:00:00Z",
			"GIT_COMMITTER_NAME=seatrial", "GIT_COMMITTER_EMAIL=seatrial@localhost", "GIT_COMMITTER_DATE=2000-01-01T00:00:00Z")
		var out, bad strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &bad
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, bad.String())
		}
		return strings.TrimSpace(out.String()), nil
	}
}
