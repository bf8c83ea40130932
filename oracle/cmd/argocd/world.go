package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	kubefake "k8s.io/client-go/kubernetes/fake"
	kubescheme "k8s.io/client-go/kubernetes/scheme"
	kubetesting "k8s.io/client-go/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	clientfake "sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	appclientset "github.com/argoproj/argo-cd/v3/pkg/client/clientset/versioned"
	appfake "github.com/argoproj/argo-cd/v3/pkg/client/clientset/versioned/fake"
)

var scheme = func() *runtime.Scheme {
	s := runtime.NewScheme()
	_ = kubescheme.AddToScheme(s)
	_ = v1alpha1.AddToScheme(s)
	return s
}()

// cluster is what the fake clients of one case are filled with.
type cluster struct {
	namespace string
	// typed objects go to the typed clients, the others only to the dynamic one.
	typed   []client.Object
	untyped []*unstructured.Unstructured
}

func (c *Case) cluster() (*cluster, error) {
	raws, err := c.state()
	if err != nil {
		return nil, err
	}
	w := &cluster{namespace: c.ControllerNamespace}
	seen := map[string]bool{}
	for i, raw := range raws {
		u := &unstructured.Unstructured{}
		if err := u.UnmarshalJSON(raw); err != nil {
			return nil, fmt.Errorf("state[%d]: %w", i, err)
		}
		if u.GetNamespace() == "" {
			u.SetNamespace(w.namespace)
		}
		key := identity(u.GetKind(), u.GetNamespace(), u.GetName())
		if seen[key] {
			return nil, fmt.Errorf("state has %s twice", key)
		}
		seen[key] = true
		if err := w.put(u); err != nil {
			return nil, fmt.Errorf("state %s: %w", key, err)
		}
	}
	w.addDefaults(seen, !c.NoDefaultProject)
	return w, nil
}

func identity(kind, namespace, name string) string { return kind + " " + namespace + "/" + name }

func (w *cluster) put(u *unstructured.Unstructured) error {
	made, err := scheme.New(u.GroupVersionKind())
	obj, ok := made.(client.Object)
	if err != nil || !ok {
		w.untyped = append(w.untyped, u)
		return nil
	}
	b, err := json.Marshal(u.Object)
	if err == nil {
		err = json.Unmarshal(b, obj)
	}
	if s, ok := obj.(*corev1.Secret); ok { // as the API server does on write
		if s.Data == nil {
			s.Data = map[string][]byte{}
		}
		for k, v := range s.StringData {
			s.Data[k] = []byte(v)
		}
		s.StringData = nil
	}
	w.typed = append(w.typed, obj)
	if err == nil {
		err = held(obj)
	}
	return err
}

// held says whether something holds an object that is being deleted; if not, it is gone.
func held(o client.Object) error {
	if o.GetDeletionTimestamp() != nil && len(o.GetFinalizers()) == 0 {
		return errors.New("it is being deleted and has no finalizers, so it is gone")
	}
	return nil
}

// addDefaults adds what every installation has.
func (w *cluster) addDefaults(have map[string]bool, project bool) {
	partOf := map[string]string{"app.kubernetes.io/part-of": "argocd"}
	add := func(kind, name string, o client.Object) {
		if !have[identity(kind, w.namespace, name)] {
			o.SetName(name)
			o.SetNamespace(w.namespace)
			w.typed = append(w.typed, o)
		}
	}
	add("ConfigMap", "argocd-cm", &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Labels: partOf}})
	add("Secret", "argocd-secret", &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Labels: partOf},
		Data: map[string][]byte{"server.secretkey": []byte("seatrial")}})
	if project {
		any := []v1alpha1.ClusterResourceRestrictionItem{{Group: "*", Kind: "*"}}
		add("AppProject", "default", &v1alpha1.AppProject{Spec: v1alpha1.AppProjectSpec{
			SourceRepos: []string{"*"}, Destinations: []v1alpha1.ApplicationDestination{{Server: "*", Namespace: "*"}}, ClusterResourceWhitelist: any}})
	}
}

// controllerClient is the cached client of the controller. Its "not found" names kind and
// group, as controller-runtime's cache does, where an API server would name the plural.
func (w *cluster) controllerClient(set *v1alpha1.ApplicationSet, obey bool, pick *picker) client.Client {
	objs := []client.Object{set.DeepCopy()}
	for _, o := range w.typed {
		objs = append(objs, o.DeepCopyObject().(client.Object))
	}
	owner := func(o client.Object) []string {
		ref := metav1.GetControllerOf(o)
		if ref == nil || ref.Kind != "ApplicationSet" {
			return nil
		}
		return []string{ref.Name}
	}
	fake := clientfake.NewClientBuilder().WithScheme(scheme).WithObjects(objs...).
		WithStatusSubresource(&v1alpha1.ApplicationSet{}).
		WithIndex(&v1alpha1.Application{}, ".metadata.controller", owner).Build()
	return interceptor.NewClient(fake, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			if _, ok := o.(*v1alpha1.Application); ok {
				if err := pick.look(key.Name); err != nil {
					return err
				}
			}
			err := c.Get(ctx, key, o, opts...)
			if gvk, e := c.GroupVersionKindFor(o); apierrors.IsNotFound(err) && e == nil {
				return apierrors.NewNotFound(schema.GroupResource{Group: gvk.Group, Resource: gvk.Kind}, key.Name)
			}
			return err
		},
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			if app, ok := o.(*v1alpha1.Application); ok && obey {
				if err := admitApplication(app); err != nil {
					return err
				}
			}
			return c.Create(ctx, o, opts...)
		},
	})
}

// applications is the client that asks Applications to be refreshed. What it is told changes nothing else.
func (w *cluster) applications() appclientset.Interface {
	var objs []runtime.Object
	for _, o := range w.typed {
		if app, ok := o.(*v1alpha1.Application); ok {
			objs = append(objs, app.DeepCopy())
		}
	}
	return appfake.NewSimpleClientset(objs...)
}

// kube is the plain Kubernetes client: Secrets and ConfigMaps.
func (w *cluster) kube() *kubefake.Clientset {
	var objs []runtime.Object
	for _, o := range w.typed {
		switch o.(type) {
		case *corev1.Secret, *corev1.ConfigMap:
			objs = append(objs, o.DeepCopyObject())
		}
	}
	return kubefake.NewClientset(objs...)
}

// dynamic lists the untyped objects; a resource is the guessed plural of its kind.
func (w *cluster) dynamic() dynamic.Interface {
	kinds := map[schema.GroupVersionResource]string{}
	for _, o := range w.typed {
		// The fake wants to know every resource that may be listed; ConfigMaps of the
		// duck-type generator name them.
		if m, ok := o.(*corev1.ConfigMap); ok {
			if gv, err := schema.ParseGroupVersion(m.Data["apiVersion"]); err == nil && m.Data["kind"] != "" {
				kinds[gv.WithResource(m.Data["kind"])] = "AnyList"
			}
		}
	}
	fake := dynamicfake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds)
	fake.PrependReactor("list", "*", func(action kubetesting.Action) (bool, runtime.Object, error) {
		list := action.(kubetesting.ListAction)
		want, restrict := list.GetResource(), list.GetListRestrictions()
		out := &unstructured.UnstructuredList{Object: map[string]any{"apiVersion": want.GroupVersion().String(), "kind": "List"}}
		served := false
		for _, o := range w.untyped {
			if plural, _ := meta.UnsafeGuessKindToResource(o.GroupVersionKind()); plural != want {
				continue
			}
			served = true
			if o.GetNamespace() == list.GetNamespace() && restrict.Labels.Matches(labels.Set(o.GetLabels())) &&
				restrict.Fields.Matches(fields.Set{"metadata.name": o.GetName(), "metadata.namespace": o.GetNamespace()}) {
				out.Items = append(out.Items, *o.DeepCopy())
			}
		}
		if !served {
			return true, nil, apierrors.NewGenericServerResponse(http.StatusNotFound, "list", want.GroupResource(), "", "the server could not find the requested resource", 0, true)
		}
		return true, out, nil
	})
	return fake
}
