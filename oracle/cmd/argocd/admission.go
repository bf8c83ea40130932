package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	apiext "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

// crd is what an API server makes of one of Argo CD's CustomResourceDefinitions.
type crd struct {
	shape  *structural.Structural
	schema validation.SchemaCreateValidator
}

// crdFolder holds Argo CD's CRDs: ORACLE_CRDS, else the module cache.
func crdFolder() string {
	if d := os.Getenv("ORACLE_CRDS"); d != "" {
		return d
	}
	cache := os.Getenv("GOMODCACHE")
	if cache == "" {
		home, _ := os.UserHomeDir()
		cache = filepath.Join(home, "go", "pkg", "mod")
	}
	return filepath.Join(cache, "github.com/argoproj/argo-cd/v3@v3.6.1/manifests/crds")
}

var crds sync.Map

func loadCRD(kind string) (*crd, error) {
	if c, ok := crds.Load(kind); ok {
		return c.(*crd), nil
	}
	b, err := os.ReadFile(filepath.Join(crdFolder(), strings.ToLower(kind)+"-crd.yaml"))
	if err != nil {
		return nil, err
	}
	var def apiextv1.CustomResourceDefinition
	if err := yaml.Unmarshal(b, &def); err != nil {
		return nil, err
	}
	var props apiext.JSONSchemaProps
	if err := apiextv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(def.Spec.Versions[0].Schema.OpenAPIV3Schema, &props, nil); err != nil {
		return nil, err
	}
	c := &crd{}
	if c.shape, err = structural.NewStructural(&props); err != nil {
		return nil, err
	}
	if c.schema, _, err = validation.NewSchemaValidator(&props); err != nil {
		return nil, err
	}
	crds.Store(kind, c)
	return c, nil
}

// admit does to an object what the API server does before it stores it: unknown fields are
// pruned (their paths are returned), nulls of fields that cannot be null are dropped, then schema and metadata decide.
func admit(u *unstructured.Unstructured) (unknown []string, err error) {
	if g := u.GroupVersionKind().Group; g != "argoproj.io" {
		return nil, fmt.Errorf("no schema for group %q", g)
	}
	c, err := loadCRD(u.GetKind())
	if err != nil {
		return nil, err
	}
	unknown = pruning.PruneWithOptions(u.Object, c.shape, true, structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	defaulting.PruneNonNullableNullsWithoutDefaults(u.Object, c.shape)
	sort.Strings(unknown)
	errs := apivalidation.ValidateObjectMetaAccessor(u, true, apivalidation.NameIsDNSSubdomain, field.NewPath("metadata"))
	errs = append(errs, validation.ValidateCustomResource(nil, u.Object, c.schema)...)
	if len(errs) == 0 {
		return unknown, nil
	}
	// The API server's order of complaints is random.
	sort.SliceStable(errs, func(i, j int) bool { return errs[i].Error() < errs[j].Error() })
	return unknown, apierrors.NewInvalid(schema.GroupKind{Group: "argoproj.io", Kind: u.GetKind()}, u.GetName(), errs)
}

func admitJSON(raw []byte, namespace string) (pruned []byte, unknown []string, err error) {
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(raw); err != nil {
		return nil, nil, err
	}
	if u.GetNamespace() == "" {
		u.SetNamespace(namespace)
	}
	unknown, err = admit(u)
	pruned, _ = json.Marshal(u.Object)
	return pruned, unknown, err
}

func admitApplication(app *v1alpha1.Application) error {
	a := app.DeepCopy()
	a.APIVersion, a.Kind = "argoproj.io/v1alpha1", "Application"
	b, err := json.Marshal(a)
	if err == nil {
		_, _, err = admitJSON(b, a.Namespace)
	}
	return err
}
