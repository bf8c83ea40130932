package main

import (
	"encoding/json"
	"path"

	"github.com/Masterminds/semver/v3"
	"github.com/bmatcuk/doublestar/v4"
	"github.com/gobwas/glob"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/yaml"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/utils/kube"

	"github.com/argoproj/argo-cd/v3/applicationset/utils"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

func yamlToJSON(q *Question, a *Answer)       { a.tell(yaml.YAMLToJSON([]byte(q.Text))) }
func yamlToJSONStrict(q *Question, a *Answer) { a.tell(yaml.YAMLToJSONStrict([]byte(q.Text))) }

// jsonToYAML is sigs.k8s.io/yaml's Marshal of Data.
func jsonToYAML(q *Question, a *Answer) {
	v, err := q.data()
	if err != nil {
		a.Error = "question: " + err.Error()
		return
	}
	a.tell(yaml.Marshal(v))
}

// goJSON is encoding/json's Marshal of Data.
func goJSON(q *Question, a *Answer) {
	v, err := q.data()
	if err != nil {
		a.Error = "question: " + err.Error()
		return
	}
	a.tell(json.Marshal(v))
}

// documents splits a stream as Argo CD does, each document as JSON.
func documents(q *Question, a *Answer) {
	docs, err := kube.SplitYAMLToString([]byte(q.Text))
	if err != nil {
		a.Error = err.Error()
	}
	a.Outputs = docs
}

// blank makes an empty object of a kind Argo CD defines.
func blank(kind string) any {
	switch kind {
	case "ApplicationSet":
		return &v1alpha1.ApplicationSet{}
	case "AppProject":
		return &v1alpha1.AppProject{}
	}
	return &v1alpha1.Application{}
}

// typed decodes Text (JSON or YAML) into the Go type of Kind and encodes it again.
func typed(q *Question, a *Answer) {
	js, err := utils.ConvertYAMLToJSON(q.Text)
	if err != nil {
		a.Error = err.Error()
		return
	}
	obj := blank(q.Kind)
	if err := json.Unmarshal([]byte(js), obj); err != nil {
		a.Error = err.Error()
		return
	}
	a.tell(json.Marshal(obj))
}

// strategicMerge patches the object Data of Kind with the JSON Patch.
func strategicMerge(q *Question, a *Answer) {
	a.tell(strategicpatch.StrategicMergePatch(q.Data, q.Patch, blank(q.Kind)))
}

// globMatch matches Text against Pattern: "gobwas" (Argo CD's lists), "path" (Go's
// path.Match), "doublestar".
func globMatch(q *Question, a *Answer) {
	var ok bool
	var err error
	switch q.Kind {
	case "path":
		ok, err = path.Match(q.Pattern, q.Text)
	case "doublestar":
		ok, err = doublestar.Match(q.Pattern, q.Text)
	default:
		var g *glob.Pattern
		if g, err = glob.Compile(q.Pattern, []rune(q.Separators)...); err == nil {
			ok = g.Match(q.Text)
		}
	}
	if err != nil {
		a.Error = err.Error()
		return
	}
	a.Match = &ok
}

// semverCheck says whether Version satisfies Constraint.
func semverCheck(q *Question, a *Answer) {
	c, err := semver.NewConstraint(q.Constraint)
	if err != nil {
		a.Error = err.Error()
		return
	}
	v, err := semver.NewVersion(q.Version)
	if err != nil {
		a.Error = err.Error()
		return
	}
	ok := c.Check(v)
	a.Match = &ok
}
