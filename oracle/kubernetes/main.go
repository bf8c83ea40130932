// Command kubernetes answers, for objects as JSON lines, what a Kubernetes API server of the linked release says to
// creating them with strict field validation: its decoding, defaulting and validation, without storage.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	jsonserializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"

	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"

	"k8s.io/kubernetes/pkg/registry/admissionregistration/mutatingwebhookconfiguration"
	"k8s.io/kubernetes/pkg/registry/admissionregistration/validatingwebhookconfiguration"
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/replicaset"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/core/configmap"
	"k8s.io/kubernetes/pkg/registry/core/limitrange"
	"k8s.io/kubernetes/pkg/registry/core/namespace"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
	"k8s.io/kubernetes/pkg/registry/core/pod"
	"k8s.io/kubernetes/pkg/registry/core/replicationcontroller"
	"k8s.io/kubernetes/pkg/registry/core/resourcequota"
	"k8s.io/kubernetes/pkg/registry/core/secret"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
	"k8s.io/kubernetes/pkg/registry/networking/ingress"
	"k8s.io/kubernetes/pkg/registry/networking/ingressclass"
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
	"k8s.io/kubernetes/pkg/registry/policy/poddisruptionbudget"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrole"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrolebinding"
	"k8s.io/kubernetes/pkg/registry/rbac/role"
	"k8s.io/kubernetes/pkg/registry/rbac/rolebinding"
	"k8s.io/kubernetes/pkg/registry/scheduling/priorityclass"
	"k8s.io/kubernetes/pkg/registry/storage/storageclass"

	core "k8s.io/kubernetes/pkg/apis/core"
	svcvalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/capabilities"
)

// strategies are what the API server creates objects of a kind by.
var strategies = map[string]rest.RESTCreateStrategy{
	"MutatingWebhookConfiguration":   mutatingwebhookconfiguration.Strategy,
	"ValidatingWebhookConfiguration": validatingwebhookconfiguration.Strategy,
	"DaemonSet":                      daemonset.Strategy,
	"Deployment":                     deployment.Strategy,
	"ReplicaSet":                     replicaset.Strategy,
	"StatefulSet":                    statefulset.Strategy,
	"HorizontalPodAutoscaler":        horizontalpodautoscaler.Strategy,
	"CronJob":                        cronjob.Strategy,
	"Job":                            job.Strategy,
	"ConfigMap":                      configmap.Strategy,
	"LimitRange":                     limitrange.Strategy,
	"Namespace":                      namespace.Strategy,
	"PersistentVolumeClaim":          persistentvolumeclaim.Strategy,
	"Pod":                            pod.Strategy,
	"ReplicationController":          replicationcontroller.Strategy,
	"ResourceQuota":                  resourcequota.Strategy,
	"Secret":                         secret.Strategy,
	"ServiceAccount":                 serviceaccount.Strategy,
	"Ingress":                        ingress.Strategy,
	"IngressClass":                   ingressclass.Strategy,
	"NetworkPolicy":                  networkpolicy.Strategy,
	"PodDisruptionBudget":            poddisruptionbudget.Strategy,
	"ClusterRole":                    clusterrole.Strategy,
	"ClusterRoleBinding":             clusterrolebinding.Strategy,
	"Role":                           role.Strategy,
	"RoleBinding":                    rolebinding.Strategy,
	"PriorityClass":                  priorityclass.Strategy,
	"StorageClass":                   storageclass.Strategy,
}

// answer is empty for an object that is taken; kinds without a judge here are unjudged.
type answer struct {
	Error    string   `json:"error,omitempty"`
	Causes   []string `json:"causes,omitempty"`
	Unjudged bool     `json:"unjudged,omitempty"`
}

// judge decodes, defaults and validates one object.
func judge(line []byte) (out answer) {
	defer func() {
		if r := recover(); r != nil {
			out = answer{Error: fmt.Sprintf("panic: %v", r)}
		}
	}()
	strict := jsonserializer.NewSerializerWithOptions(jsonserializer.DefaultMetaFactory, legacyscheme.Scheme, legacyscheme.Scheme, jsonserializer.SerializerOptions{Strict: true})
	var meta metav1.TypeMeta
	_ = json.Unmarshal(line, &meta)
	gvk := schema.FromAPIVersionAndKind(meta.APIVersion, meta.Kind)
	if !legacyscheme.Scheme.Recognizes(gvk) {
		return answer{Unjudged: true}
	}
	obj, _, err := strict.Decode(line, nil, nil)
	if err != nil {
		// As the request handler words it.
		return answer{Error: fmt.Sprintf("%s in version %q cannot be handled as a %s: %v", gvk.Kind, gvk.Version, gvk.Kind, err)}
	}
	legacyscheme.Scheme.Default(obj)
	internal, err := legacyscheme.Scheme.ConvertToVersion(obj, schema.GroupVersion{Group: gvk.Group, Version: runtime.APIVersionInternal})
	if err != nil {
		return answer{Error: "convert: " + err.Error()}
	}
	accessor := internal.(metav1.Object)
	ctx := genericapirequest.WithRequestInfo(context.Background(), &genericapirequest.RequestInfo{APIGroup: gvk.Group, APIVersion: gvk.Version, Resource: strings.ToLower(gvk.Kind) + "s", Verb: "create"})
	if svc, ok := internal.(*core.Service); ok {
		if svc.Namespace == "" {
			svc.Namespace = "default"
		}
		svc.Spec.IPFamilies = nil
		if svc.Spec.ClusterIP != "" {
			svc.Spec.ClusterIPs = []string{svc.Spec.ClusterIP}
		}
		if errs := svcvalidation.ValidateServiceCreate(svc); len(errs) > 0 {
			return causes(apierrors.NewInvalid(schema.GroupKind{Group: gvk.Group, Kind: gvk.Kind}, svc.Name, errs))
		}
		return answer{}
	}
	strategy, ok := strategies[gvk.Kind]
	if !ok {
		return answer{Unjudged: true}
	}
	if strategy.NamespaceScoped() {
		if accessor.GetNamespace() == "" {
			accessor.SetNamespace("default")
		}
		ctx = genericapirequest.WithNamespace(ctx, accessor.GetNamespace())
	} else {
		accessor.SetNamespace("")
		ctx = genericapirequest.WithNamespace(ctx, "")
	}
	rest.FillObjectMetaSystemFields(accessor)
	if err := rest.BeforeCreate(strategy, ctx, internal); err != nil {
		return causes(err)
	}
	return answer{}
}

// uid is what differs from run to run.
var uid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// causes takes a refusal apart.
func causes(err error) answer {
	out := answer{Error: err.Error()}
	if status, ok := err.(apierrors.APIStatus); ok && status.Status().Details != nil {
		for _, c := range status.Status().Details.Causes {
			out.Causes = append(out.Causes, c.Field+": "+c.Message)
		}
	}
	return out
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "--version" {
		versions := map[string]string{"go": ""}
		if info, ok := debug.ReadBuildInfo(); ok {
			versions["go"] = info.GoVersion
			for _, dep := range info.Deps {
				versions[dep.Path] = dep.Version
			}
		}
		_ = json.NewEncoder(os.Stdout).Encode(versions)
		return
	}
	capabilities.Initialize(capabilities.Capabilities{AllowPrivileged: true})
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<28)
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	for in.Scan() {
		said := judge(in.Bytes())
		said.Error = uid.ReplaceAllString(said.Error, "UID")
		out, _ := json.Marshal(said)
		w.Write(out)
		w.WriteByte('\n')
	}
}
