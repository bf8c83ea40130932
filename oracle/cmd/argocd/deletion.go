package main

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sort"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/argoproj/argo-cd/v3/applicationset/controllers"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

// turn is one reconciliation of several.
type turn struct {
	// Choices are the Applications that a set being deleted may take up now. Which of them it takes is
	// random; here it is the first by name.
	Choices []string `json:"choices,omitempty"`
	// Deleted are gone, Marked are being deleted while a finalizer holds them, Orphaned have lost their owner.
	Deleted  []string `json:"deleted,omitempty"`
	Marked   []string `json:"marked,omitempty"`
	Orphaned []string `json:"orphaned,omitempty"`
	// Left are the set's Applications afterwards: once it is gone, Kubernetes deletes them.
	Left []string `json:"left,omitempty"`
	// Gone is the set, or these hold it.
	Gone          bool     `json:"gone,omitempty"`
	Finalizers    []string `json:"finalizers,omitempty"`
	StatusChanged bool     `json:"statusChanged,omitempty"`
	RequeueAfter  string   `json:"requeueAfter,omitempty"`
	Error         string   `json:"error,omitempty"`
}

// errOther stops a deletion before anything is written, because it took up another Application.
var errOther = errors.New("another Application")

// picker has a set that is being deleted take up one Application.
type picker struct {
	on         bool
	want, head string
}

func (p *picker) look(name string) error {
	if !p.on {
		return nil
	}
	if p.head = name; name != p.want {
		return errOther
	}
	p.on = false
	return nil
}

// walks are so many that each order of Go's maps shows.
const walks = 1000

// moment is what turns change.
type moment struct {
	set  *v1alpha1.ApplicationSet
	apps map[string]v1alpha1.Application
}

// player reconciles one set again and again.
type player struct {
	*Case
	k8s        client.Client
	key        client.ObjectKey
	reconciler *controllers.ApplicationSetReconciler
	pick       *picker
}

func (p *player) now(ctx context.Context) moment {
	m := moment{apps: map[string]v1alpha1.Application{}}
	set := &v1alpha1.ApplicationSet{}
	if err := p.k8s.Get(ctx, p.key, set); err == nil {
		m.set = set
	}
	var apps v1alpha1.ApplicationList
	_ = p.k8s.List(ctx, &apps, client.InNamespace(p.key.Namespace))
	for _, app := range apps.Items {
		m.apps[app.Name] = app
	}
	return m
}

func (p *player) own(app v1alpha1.Application) bool {
	owner := metav1.GetControllerOf(&app)
	return owner != nil && owner.Kind == "ApplicationSet" && owner.Name == p.key.Name
}

func (p *player) reconcile(ctx context.Context) (ctrl.Result, error) {
	return p.reconciler.Reconcile(ctx, ctrl.Request{NamespacedName: p.key})
}

// decided reconciles, and takes up the first by name of those that may be taken up.
func (p *player) decided(ctx context.Context, before moment) ([]string, ctrl.Result, error) {
	if before.set.DeletionTimestamp == nil {
		result, err := p.reconcile(ctx)
		return nil, result, err
	}
	*p.pick = picker{on: true}
	defer func() { p.pick.on = false }()
	result, err := p.reconcile(ctx)
	if !errors.Is(err, errOther) {
		return nil, result, err
	}
	var apps []v1alpha1.Application
	for _, app := range before.apps {
		if p.own(app) {
			apps = append(apps, app)
		}
	}
	choices := []string{}
	for range walks {
		_, _ = p.reconciler.ProgressiveSyncManager.PerformReverseDeletion(ctx, muted, *before.set, apps)
		if !slices.Contains(choices, p.pick.head) {
			choices = append(choices, p.pick.head)
		}
	}
	sort.Strings(choices)
	for p.pick.want = choices[0]; errors.Is(err, errOther); {
		result, err = p.reconcile(ctx)
	}
	return choices, result, err
}

func (p *player) turn(ctx context.Context) turn {
	before := p.now(ctx)
	choices, result, err := p.decided(ctx, before)
	after := p.now(ctx)
	t := turn{Choices: choices, Gone: after.set == nil}
	for name, app := range before.apps {
		now, there := after.apps[name]
		switch {
		case !there:
			t.Deleted = append(t.Deleted, name)
		case app.DeletionTimestamp == nil && now.DeletionTimestamp != nil:
			t.Marked = append(t.Marked, name)
		case p.own(app) && !p.own(now):
			t.Orphaned = append(t.Orphaned, name)
		}
	}
	for name, app := range after.apps {
		if p.own(app) {
			t.Left = append(t.Left, name)
		}
	}
	for _, names := range [][]string{t.Deleted, t.Marked, t.Orphaned, t.Left} {
		sort.Strings(names)
	}
	if after.set != nil {
		t.Finalizers = after.set.Finalizers
		t.StatusChanged = !reflect.DeepEqual(before.set.Status, after.set.Status)
	}
	if result.RequeueAfter > 0 {
		t.RequeueAfter = result.RequeueAfter.String()
	}
	if err != nil {
		t.Error = err.Error()
	}
	return t
}

// finish ends the deletion of Applications, as their own controller does; true if there was one to end.
func (p *player) finish(ctx context.Context) bool {
	ended := false
	for name, app := range p.now(ctx).apps {
		if app.DeletionTimestamp != nil && !slices.Contains(p.Stuck, name) {
			app.Finalizers = nil
			ended = p.k8s.Update(ctx, &app) == nil || ended
		}
	}
	return ended
}

// play reconciles until the set is gone or nothing changes any more.
func (p *player) play(ctx context.Context) []turn {
	turns := []turn{}
	for len(turns) < p.Reconciles {
		before := p.now(ctx)
		if p.Delete && len(turns) == 1 {
			if err := p.k8s.Delete(ctx, before.set); err != nil && !apierrors.IsNotFound(err) {
				return append(turns, turn{Error: err.Error()})
			}
			before = p.now(ctx)
		}
		if before.set == nil {
			break
		}
		t := p.turn(ctx)
		turns = append(turns, t)
		more := p.Delete && len(turns) == 1
		changed := len(t.Deleted)+len(t.Marked)+len(t.Orphaned) > 0 || !slices.Equal(t.Finalizers, before.set.Finalizers)
		if ended := p.finish(ctx); !changed && !ended && !more {
			break
		}
	}
	return turns
}
