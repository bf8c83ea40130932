package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/utils/kube"

	cmdutil "github.com/argoproj/argo-cd/v3/cmd/util"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

// Case is one question: which Applications does the controller make of this ApplicationSet,
// or which resources does the repo server make of this Application?
type Case struct {
	ID any `json:"id,omitempty"`
	// ApplicationSet is an object (as JSON) or a string (YAML as a user writes it).
	ApplicationSet     json.RawMessage `json:"applicationSet,omitempty"`
	ApplicationSetFile string          `json:"applicationSetFile,omitempty"`
	// Index picks a document where the text has several.
	Index               int                       `json:"index,omitempty"`
	ControllerNamespace string                    `json:"controllerNamespace,omitempty"`
	State               []json.RawMessage         `json:"state,omitempty"`
	StateFile           string                    `json:"stateFile,omitempty"`
	NoDefaultProject    bool                      `json:"noDefaultProject,omitempty"`
	Repos               map[string]Repo           `json:"repos,omitempty"`
	Flags               Flags                     `json:"flags,omitempty"`
	Plugins             map[string][]PluginAnswer `json:"plugins,omitempty"`
	Fixtures            Fixtures                  `json:"fixtures,omitempty"`
	// Reconciles is how often at most the set is reconciled; each time is told as a turn. None: once, untold.
	Reconciles int `json:"reconciles,omitempty"`
	// Delete has the set deleted after the first.
	Delete bool `json:"delete,omitempty"`
	// Stuck are Applications whose deletion does not end before the next reconciliation.
	Stuck []string `json:"stuck,omitempty"`
	// Live also returns the created objects as the cluster holds them.
	Live bool `json:"live,omitempty"`
	// Admission "report" adds what the API server would say, "enforce" obeys it too.
	Admission string `json:"admission,omitempty"`

	// Application is rendered, for a destination of this version that serves these kinds
	// ("v1/Pod", "apps/v1/Deployment").
	Application json.RawMessage `json:"application,omitempty"`
	KubeVersion string          `json:"kubeVersion,omitempty"`
	APIVersions []string        `json:"apiVersions,omitempty"`

	base string
}

// Flags are the controller's.
type Flags struct {
	NewGitFileGlobbing       bool   `json:"newGitFileGlobbing,omitempty"`
	IncludeHiddenDirectories bool   `json:"includeHiddenDirectories,omitempty"`
	Submodules               bool   `json:"submodules,omitempty"`
	Policy                   string `json:"policy,omitempty"`
	DisablePolicyOverride    bool   `json:"disablePolicyOverride,omitempty"`
	ProgressiveSyncs         bool   `json:"progressiveSyncs,omitempty"`
}

func readCase(data []byte, base string) (*Case, error) {
	c := &Case{}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(c); err != nil {
		return nil, err
	}
	if c.ControllerNamespace == "" {
		c.ControllerNamespace = "argocd"
	}
	c.base = base
	return c, nil
}

// at resolves a path of the case against the folder the case lies in.
func (c *Case) at(p string) string {
	p = os.ExpandEnv(p)
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.base, p)
}

// text gives the ApplicationSet as YAML text, ok=false if it is given as an object.
func (c *Case) text() (text string, ok bool, err error) {
	if c.ApplicationSetFile != "" {
		b, err := os.ReadFile(c.at(c.ApplicationSetFile))
		return string(b), true, err
	}
	if strings.HasPrefix(strings.TrimSpace(string(c.ApplicationSet)), `"`) {
		err = json.Unmarshal(c.ApplicationSet, &text)
		return text, true, err
	}
	return "", false, nil
}

// set decodes the ApplicationSet: text by the parser behind `argocd appset create`, an
// object as the API server's JSON.
func (c *Case) set() (*v1alpha1.ApplicationSet, error) {
	text, isText, err := c.text()
	if err != nil {
		return nil, err
	}
	if !isText {
		s := &v1alpha1.ApplicationSet{}
		return s, json.Unmarshal(c.ApplicationSet, s)
	}
	f, err := os.CreateTemp(scratch, "set-*.yaml")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, _ = f.WriteString(text)
	_ = f.Close()
	sets, err := cmdutil.ConstructApplicationSet(f.Name())
	if err != nil {
		return nil, fmt.Errorf("%s", strings.ReplaceAll(err.Error(), f.Name(), "FILE"))
	}
	if c.Index < 0 || c.Index >= len(sets) {
		return nil, fmt.Errorf("the text has %d documents, no number %d", len(sets), c.Index)
	}
	return sets[c.Index], nil
}

// raw is the ApplicationSet as JSON before any Go type has seen it.
func (c *Case) raw() ([]byte, error) {
	text, isText, err := c.text()
	if err != nil || !isText {
		return c.ApplicationSet, err
	}
	docs, err := kube.SplitYAMLToString([]byte(text))
	if err != nil {
		return nil, err
	}
	if c.Index < 0 || c.Index >= len(docs) {
		return nil, fmt.Errorf("no document %d", c.Index)
	}
	return yaml.YAMLToJSON([]byte(docs[c.Index]))
}

// state gives the objects of State and StateFile (a list, or an object with items).
func (c *Case) state() ([]json.RawMessage, error) {
	all := append([]json.RawMessage{}, c.State...)
	if c.StateFile == "" {
		return all, nil
	}
	b, err := os.ReadFile(c.at(c.StateFile))
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []json.RawMessage `json:"items"`
	}
	if err = yaml.Unmarshal(b, &list.Items); err != nil {
		err = yaml.Unmarshal(b, &list)
	}
	return append(all, list.Items...), err
}
