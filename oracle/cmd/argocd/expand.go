package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sort"
	"time"

	log "github.com/sirupsen/logrus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/record"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/argoproj/argo-cd/v3/applicationset/controllers"
	"github.com/argoproj/argo-cd/v3/applicationset/controllers/template"
	"github.com/argoproj/argo-cd/v3/applicationset/generators"
	appsetmetrics "github.com/argoproj/argo-cd/v3/applicationset/metrics"
	"github.com/argoproj/argo-cd/v3/applicationset/progressivesync"
	appsetservices "github.com/argoproj/argo-cd/v3/applicationset/services"
	"github.com/argoproj/argo-cd/v3/applicationset/utils"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/db"
	"github.com/argoproj/argo-cd/v3/util/settings"
)

// Answer is what the controller makes of a case.
type Answer struct {
	ID any `json:"id,omitempty"`
	// Applications are all it generates, before validation, by namespace and name.
	Applications []any `json:"applications"`
	// Created are the names that pass validation (and admission, if enforced).
	Created []string `json:"created"`
	// Reason and Error are the ErrorOccurred condition's, or the judge's own: CaseError,
	// ParseError, AdmissionError, Panic, NoFixture.
	Reason     string      `json:"reason"`
	Error      string      `json:"error"`
	Panic      string      `json:"panic,omitempty"`
	Conditions []condition `json:"conditions,omitempty"`
	// Rollout is status.applicationStatus, without its times.
	Rollout        []rolloutStatus   `json:"rollout,omitempty"`
	Turns          []turn            `json:"turns,omitempty"`
	Live           []any             `json:"live,omitempty"`
	PluginRequests []map[string]any  `json:"pluginRequests,omitempty"`
	UnknownFields  []string          `json:"unknownFields,omitempty"`
	Refused        string            `json:"refused,omitempty"`
	RefusedApps    map[string]string `json:"refusedApps,omitempty"`
	Ms             int64             `json:"ms"`
}

type condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// rolloutStatus is where a progressive sync has an Application.
type rolloutStatus struct {
	Application     string   `json:"application"`
	Status          string   `json:"status"`
	Message         string   `json:"message"`
	Step            string   `json:"step"`
	TargetRevisions []string `json:"targetRevisions"`
}

func (a *Answer) fail(reason string, err error) *Answer {
	a.Reason, a.Error = reason, err.Error()
	return a
}

var (
	muted      = func() *log.Entry { l := log.New(); l.SetOutput(io.Discard); return log.NewEntry(l) }()
	setMetrics = appsetmetrics.NewFakeAppsetMetrics()
)

// generatorsOf builds Argo CD's generator tables over the services of a case.
func (c *Case) generatorsOf(base map[string]generators.Generator) map[string]generators.Generator {
	leaf := map[string]generators.Generator{}
	for name, g := range base {
		if name != "Matrix" && name != "Merge" {
			leaf[name] = g
		}
	}
	leaf["PullRequest"] = pullGenerator{base["PullRequest"], c.Fixtures}
	leaf["SCMProvider"] = scmGenerator{base["SCMProvider"], c.Fixtures}
	wrap := func(inner map[string]generators.Generator) map[string]generators.Generator {
		out := map[string]generators.Generator{"Matrix": generators.NewMatrixGenerator(inner), "Merge": generators.NewMergeGenerator(inner)}
		for name, g := range leaf {
			out[name] = g
		}
		return out
	}
	return wrap(wrap(leaf))
}

func (c *Case) expand() *Answer {
	start := time.Now()
	a := c.answer()
	a.ID, a.Ms = c.ID, time.Since(start).Milliseconds()
	return a
}

func (c *Case) answer() *Answer {
	a := &Answer{Applications: []any{}, Created: []string{}}
	set, err := c.set()
	if err != nil {
		return a.fail("ParseError", err)
	}
	if c.Admission != "" {
		raw, err := c.raw()
		if err != nil {
			return a.fail("ParseError", err)
		}
		pruned, unknown, err := admitJSON(raw, c.ControllerNamespace)
		a.UnknownFields = unknown
		if err != nil {
			a.Refused = err.Error()
		}
		if c.Admission == "enforce" {
			set = &v1alpha1.ApplicationSet{}
			if err == nil {
				err = json.Unmarshal(pruned, set)
			}
			if err != nil {
				return a.fail("AdmissionError", err)
			}
		}
	}
	if set.Name == "" {
		return a.fail("AdmissionError", errors.New("resource name may not be empty"))
	}
	if set.Namespace == "" {
		set.Namespace = c.ControllerNamespace
	}
	set.UID, set.ResourceVersion = "00000000-0000-0000-0000-000000000001", ""

	w, err := c.cluster()
	if err == nil {
		err = held(set)
	}
	if err != nil {
		return a.fail("CaseError", err)
	}
	plugins := w.host(c.Plugins, c.Fixtures.Plugin)
	defer plugins.close()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	kube := w.kube()
	manager := settings.NewSettingsManager(ctx, kube, c.ControllerNamespace)
	clusters, err := manager.GetClusterInformer()
	if err != nil {
		return a.fail("CaseError", err)
	}
	server, err := c.repoServer()
	if err != nil {
		return a.fail("CaseError", err)
	}
	argoDB := db.NewDB(c.ControllerNamespace, manager, kube)
	repos := appsetservices.NewArgoCDService(argoDB, c.Flags.Submodules, server, c.Flags.NewGitFileGlobbing)
	pick := &picker{}
	k8s := w.controllerClient(set, c.Admission == "enforce", pick)
	scm := generators.NewSCMConfig("", nil, true, false, nil, false)
	gens := c.generatorsOf(generators.GetGenerators(ctx, k8s, kube, c.ControllerNamespace, repos, w.dynamic(), scm, clusters))

	key := client.ObjectKeyFromObject(set)
	stored := &v1alpha1.ApplicationSet{}
	if err := k8s.Get(ctx, key, stored); err != nil {
		return a.fail("CaseError", err)
	}
	if stored.DeletionTimestamp == nil {
		if err := a.generate(stored, gens, k8s, c.Admission != "", plugins); err != nil {
			return a.fail("NoFixture", err)
		}
	}

	policy, ok := utils.Policies[c.Flags.Policy]
	if !ok {
		policy = v1alpha1.ApplicationsSyncPolicy(c.Flags.Policy)
	}
	reconciler := &controllers.ApplicationSetReconciler{
		Client: k8s, Scheme: scheme, Recorder: record.NewFakeRecorder(1 << 16), Generators: gens,
		ArgoDB: argoDB, KubeClientset: kube, Policy: policy, EnablePolicyOverride: !c.Flags.DisablePolicyOverride,
		Renderer: &utils.Render{}, ArgoCDNamespace: c.ControllerNamespace, Metrics: setMetrics,
		ClusterInformer: clusters, MaxResourcesStatusCount: 5000, ConcurrentApplicationUpdates: 1,
		EnableProgressiveSyncs: c.Flags.ProgressiveSyncs,
	}
	reconciler.ProgressiveSyncManager = progressivesync.NewManager(k8s, k8s, w.applications(), reconciler)
	player := &player{Case: c, k8s: k8s, key: key, reconciler: reconciler, pick: pick}
	var recErr error
	if c.Reconciles > 0 {
		a.Turns = player.play(ctx)
	} else {
		_, recErr = player.reconcile(ctx)
	}
	a.after(ctx, k8s, key, recErr, plugins, c.Live)
	a.PluginRequests = plugins.seen[:(len(plugins.seen)+1)/2] // both runs asked
	return a
}

// checkouts are the folders of the repository service, whose names are random.
var checkouts = regexp.MustCompile(`[^ "]*/seatrial-oracle-[0-9]+/service-[0-9]+/[0-9a-f-]{36}`)

// clean gives services their address in the case and checkouts the name Argo CD itself uses for them.
func clean(plugins *pluginHost, s string) string {
	return checkouts.ReplaceAllString(plugins.clean(s), "<path to cached source>")
}

// generate runs generators and templates alone, to see Applications that fail validation.
func (a *Answer) generate(set *v1alpha1.ApplicationSet, gens map[string]generators.Generator, k8s client.Client, admission bool, plugins *pluginHost) error {
	var apps []v1alpha1.Application
	var err error
	func() {
		defer func() {
			if p := recover(); p != nil {
				a.Panic = clean(plugins, fmt.Sprint(p))
			}
		}()
		apps, _, err = template.GenerateApplications(muted, *set, gens, &utils.Render{}, k8s)
	}()
	var missing errNoFixture
	if errors.As(err, &missing) {
		return missing
	}
	if err != nil || a.Panic != "" {
		return nil
	}
	for _, app := range apps {
		app.APIVersion, app.Kind = "argoproj.io/v1alpha1", "Application"
		a.Applications = append(a.Applications, plain(&app))
		if !admission {
			continue
		}
		if err := admitApplication(&app); err != nil {
			if a.RefusedApps == nil {
				a.RefusedApps = map[string]string{}
			}
			a.RefusedApps[app.Name] = err.Error()
		}
	}
	byName(a.Applications)
	return nil
}

// after reads what the reconciliation left behind.
func (a *Answer) after(ctx context.Context, k8s client.Client, key client.ObjectKey, recErr error, plugins *pluginHost, live bool) {
	set := &v1alpha1.ApplicationSet{}
	_ = k8s.Get(ctx, key, set)
	for _, c := range set.Status.Conditions {
		a.Conditions = append(a.Conditions, condition{string(c.Type), string(c.Status), c.Reason, clean(plugins, c.Message)})
		if c.Type == v1alpha1.ApplicationSetConditionErrorOccurred && c.Status == v1alpha1.ApplicationSetConditionStatusTrue {
			a.Reason, a.Error = c.Reason, clean(plugins, c.Message)
		}
	}
	for _, s := range set.Status.ApplicationStatus {
		a.Rollout = append(a.Rollout, rolloutStatus{s.Application, string(s.Status), s.Message, s.Step, s.TargetRevisions})
	}
	if a.Reason == "" && recErr != nil {
		a.Reason, a.Error = "ReconcileError", clean(plugins, recErr.Error())
		if a.Panic != "" {
			a.Reason, a.Error = "Panic", a.Panic
		}
	}
	var made v1alpha1.ApplicationList
	_ = k8s.List(ctx, &made, client.MatchingFields{".metadata.controller": key.Name}, client.InNamespace(key.Namespace))
	for i := range made.Items {
		app := &made.Items[i]
		a.Created = append(a.Created, app.Name)
		if live {
			app.ResourceVersion, app.UID = "", ""
			if app.DeletionTimestamp != nil { // when is not told
				app.DeletionTimestamp = &metav1.Time{Time: time.Unix(0, 0)}
			}
			app.APIVersion, app.Kind = "argoproj.io/v1alpha1", "Application"
			a.Live = append(a.Live, plain(app))
		}
	}
	sort.Strings(a.Created)
	byName(a.Live)
}

// plain is an Application as JSON without the status nobody wrote.
func plain(app *v1alpha1.Application) map[string]any {
	b, _ := json.Marshal(app)
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	out := map[string]any{}
	_ = d.Decode(&out)
	delete(out, "status")
	return out
}

// byName sorts by namespace, name and content: some generators answer in random order.
func byName(apps []any) {
	key := func(v any) string {
		meta, _ := v.(map[string]any)["metadata"].(map[string]any)
		all, _ := json.Marshal(v)
		return fmt.Sprintf("%v\x00%v\x00%s", meta["namespace"], meta["name"], all)
	}
	sort.Slice(apps, func(i, j int) bool { return key(apps[i]) < key(apps[j]) })
}
