package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"

	"github.com/argoproj/argo-cd/v3/applicationset/utils"
)

// data gives the value templates see as dot.
func (q *Question) data() (any, error) {
	var v any
	switch {
	case q.DataYAML != "":
		if err := yaml.Unmarshal([]byte(q.DataYAML), &v); err != nil {
			return nil, err
		}
	case len(q.Data) == 0:
		return nil, nil
	case q.Integers:
		d := json.NewDecoder(bytes.NewReader(q.Data))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		v = integers(v)
	default:
		if err := json.Unmarshal(q.Data, &v); err != nil {
			return nil, err
		}
	}
	if q.GoTypes {
		v = goTypes(v)
	}
	for _, path := range q.StringMaps {
		stringMap(v, strings.Split(path, "."))
	}
	return v, nil
}

func integers(v any) any {
	switch t := v.(type) {
	case json.Number:
		if n, err := t.Int64(); err == nil {
			return n
		}
		if n, err := strconv.ParseUint(t.String(), 10, 64); err == nil {
			return n
		}
		f, _ := t.Float64()
		return f
	case map[string]any:
		for k := range t {
			t[k] = integers(t[k])
		}
	case []any:
		for i := range t {
			t[i] = integers(t[i])
		}
	}
	return v
}

func stringMap(v any, path []string) {
	m, ok := v.(map[string]any)
	if !ok {
		return
	}
	inner, ok := m[path[0]].(map[string]any)
	if !ok {
		return
	}
	if len(path) > 1 {
		stringMap(inner, path[1:])
		return
	}
	typed := map[string]string{}
	for k, e := range inner {
		typed[k] = fmt.Sprint(e)
	}
	m[path[0]] = typed
}

var noFuncs = template.FuncMap{}

// funcs gives the functions beside Go's own: none, sprig's generic or hermetic map.
func (q *Question) funcs() template.FuncMap {
	switch q.Funcs {
	case "sprig":
		return sprig.GenericFuncMap()
	case "hermetic":
		return sprig.HermeticTxtFuncMap()
	}
	return noFuncs
}

// evaluate runs Go's text/template; with Funcs "argocd" the way Argo CD does it (see replace).
func evaluate(q *Question, a *Answer) {
	if q.Funcs == "argocd" {
		replace(q, a)
		return
	}
	data, err := q.data()
	if err != nil {
		a.Error = "question: " + err.Error()
		return
	}
	name := q.Name
	if name == "" {
		name = "base"
	}
	t, err := template.New(name).Option(q.Options...).Funcs(q.funcs()).Parse(q.Template)
	if err != nil {
		a.Error = err.Error()
		return
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		a.Error = err.Error()
		// What was written before the failure.
		a.say(out.Bytes())
		return
	}
	a.say(out.Bytes())
}

// replace is Argo CD's Replace: goTemplate unless Kind is "fasttemplate".
func replace(q *Question, a *Answer) {
	data, err := q.data()
	if err != nil {
		a.Error = "question: " + err.Error()
		return
	}
	params, ok := data.(map[string]any)
	if !ok && data != nil {
		a.Error = "question: data must be an object"
		return
	}
	out, err := (&utils.Render{}).Replace(q.Template, params, q.Kind != "fasttemplate", q.Options)
	a.tell([]byte(out), err)
}

// bench times parsing and executing, and Argo CD's Replace as a whole, in ns per turn: the best of ten batches
// of at least the iterations asked for and five milliseconds.
func bench(q *Question, a *Answer) {
	data, err := q.data()
	if err != nil {
		a.Error = "question: " + err.Error()
		return
	}
	params, _ := data.(map[string]any)
	funcs := sprig.GenericFuncMap()
	// As Argo CD adds it.
	funcs["toYaml"] = func(v any) (string, error) {
		b, err := yaml.Marshal(v)
		return strings.TrimSuffix(string(b), "\n"), err
	}
	base := template.New("base").Funcs(funcs)
	var t *template.Template
	r := &utils.Render{}
	turns := map[string]func() error{
		"parse": func() error {
			c, err := base.Clone()
			if err == nil {
				t, err = c.Parse(q.Template)
			}
			return err
		},
		"execute": func() error {
			var out bytes.Buffer
			return t.Execute(&out, data)
		},
		"replace": func() error {
			_, err := r.Replace(q.Template, params, true, q.Options)
			return err
		},
	}
	a.Ns = map[string]int64{}
	for _, name := range []string{"parse", "execute", "replace"} {
		turn := turns[name]
		batch := func(n int) (time.Duration, error) {
			start := time.Now()
			for range n {
				if err := turn(); err != nil {
					return 0, err
				}
			}
			return time.Since(start), nil
		}
		n, best := max(q.Iterations, 1), time.Duration(math.MaxInt64)
		for round := 0; round < 10; {
			took, err := batch(n)
			if err != nil {
				a.Error = err.Error()
				return
			}
			if took < 5*time.Millisecond {
				n *= 2
				continue
			}
			best = min(best, took/time.Duration(n))
			round++
		}
		a.Ns[name] = best.Nanoseconds()
	}
}

// printf formats Data (a list of arguments) by Go's fmt.
func printf(q *Question, a *Answer) {
	data, err := q.data()
	if err != nil {
		a.Error = "question: " + err.Error()
		return
	}
	args, _ := data.([]any)
	a.say([]byte(fmt.Sprintf(q.Template, args...)))
}
