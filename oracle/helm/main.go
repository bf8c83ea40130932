// helm answers questions about charts and values with the code of Helm itself: what a chart's files are read as, what the
// user's values are merged to, what both become together, and what `helm template` prints of them. JSON lines in, JSON
// lines out, in order. One program for each release of Helm: a module file beside this one names it.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sort"
	"strings"
)

// Question is one line of input; see README.md.
type Question struct {
	ID any `json:"id,omitempty"`
	// Chart holds the files of a chart by path; values with a leading "base64:" are that.
	Chart map[string]string `json:"chart,omitempty"`
	// Archive is the chart as a base64 .tgz in place of Chart.
	Archive string `json:"archive,omitempty"`
	// Files are readable by name for -f and --set-file.
	Files      map[string]string `json:"files,omitempty"`
	ValueFiles []string          `json:"valueFiles,omitempty"`
	SetJSON    []string          `json:"setJson,omitempty"`
	Set        []string          `json:"set,omitempty"`
	SetString  []string          `json:"setString,omitempty"`
	SetFile    []string          `json:"setFile,omitempty"`
	SetLiteral []string          `json:"setLiteral,omitempty"`
	SkipSchema bool              `json:"skipSchema,omitempty"`
	// Template asks for what `helm template` prints.
	Template *Template `json:"template,omitempty"`
}

// Template is how `helm template` is called on a folder that holds a chart.
type Template struct {
	Chart       string   `json:"chart"`
	Release     string   `json:"release,omitempty"`
	Namespace   string   `json:"namespace,omitempty"`
	KubeVersion string   `json:"kubeVersion,omitempty"`
	APIVersions []string `json:"apiVersions,omitempty"`
	IncludeCRDs bool     `json:"includeCrds,omitempty"`
	NoHooks     bool     `json:"noHooks,omitempty"`
	SkipTests   bool     `json:"skipTests,omitempty"`
	IsUpgrade   bool     `json:"isUpgrade,omitempty"`
}

// Answer is one line of output.
type Answer struct {
	ID any `json:"id,omitempty"`
	// User are the user's values, merged.
	User any `json:"user,omitempty"`
	// Values are those that templates see.
	Values any `json:"values,omitempty"`
	// Charts are the full paths of the charts that take part.
	Charts []string `json:"charts,omitempty"`
	// Warnings are what is logged meanwhile.
	Warnings []string `json:"warnings,omitempty"`
	// Output is what is printed.
	Output *string `json:"output,omitempty"`
	Error  string  `json:"error,omitempty"`
}

// file is one file of a chart.
type file struct {
	name string
	data []byte
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
	dir, err := os.MkdirTemp("", "helm-judge")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chdir(dir); err != nil {
		log.Fatal(err)
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var q Question
			var a Answer
			if e := json.Unmarshal(line, &q); e != nil {
				a.Error = "question: " + e.Error()
			} else {
				a = answer(&q)
			}
			b, e := json.Marshal(a)
			if e != nil {
				b, _ = json.Marshal(Answer{ID: q.ID, Error: "answer: " + e.Error()})
			}
			out.Write(append(b, '\n'))
			out.Flush()
		}
		if err != nil {
			return
		}
	}
}

func answer(q *Question) (a Answer) {
	a.ID = q.ID
	var logged bytes.Buffer
	log.SetOutput(&logged)
	log.SetFlags(0)
	defer func() {
		if r := recover(); r != nil {
			a.Error = fmt.Sprintf("panic: %v", r)
		}
		for line := range strings.SplitSeq(logged.String(), "\n") {
			if line != "" {
				a.Warnings = append(a.Warnings, line)
			}
		}
		sort.Strings(a.Warnings)
	}()
	for name, text := range q.Files {
		if dir := filepath.Dir(name); dir != "." {
			_ = os.MkdirAll(dir, 0o755)
		}
		_ = os.WriteFile(name, bytesOf(text), 0o644)
		defer os.Remove(name)
	}
	if q.Template != nil {
		out, err := template(q)
		if err != nil {
			a.Error = err.Error()
		} else {
			a.Output = &out
		}
		return a
	}
	user, values, charts, err := run(q)
	if user != nil {
		a.User = tagged(user)
	}
	if err != nil {
		a.Error = err.Error()
		return a
	}
	if values != nil {
		a.Values = tagged(values)
	}
	a.Charts = charts
	return a
}

func bytesOf(text string) []byte {
	if rest, ok := strings.CutPrefix(text, "base64:"); ok {
		if data, err := base64.StdEncoding.DecodeString(rest); err == nil {
			return data
		}
	}
	return []byte(text)
}

// printed is how the command prints a release.
func printed(manifest string, hooks []hook, t *Template) string {
	var out strings.Builder
	fmt.Fprintln(&out, strings.TrimSpace(manifest))
	for _, h := range hooks {
		if !t.NoHooks && !(t.SkipTests && h.test) {
			fmt.Fprintf(&out, "---\n# Source: %s\n%s\n", h.path, h.manifest)
		}
	}
	return out.String()
}

// hook is what is printed of a hook.
type hook struct {
	path, manifest string
	test           bool
}

// filesOf are the chart's files in the order of a walk.
func filesOf(q *Question) []file {
	names := make([]string, 0, len(q.Chart))
	for name := range q.Chart {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool {
		return strings.ReplaceAll(names[i], "/", "\x00") < strings.ReplaceAll(names[j], "/", "\x00")
	})
	files := make([]file, 0, len(names))
	for _, name := range names {
		files = append(files, file{name, bytesOf(q.Chart[name])})
	}
	return files
}

// tagged shows whole numbers of type int64 as {"$int": n}, so that they are told from float64.
func tagged(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = tagged(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = tagged(value)
		}
		return out
	case int64:
		return map[string]any{"$int": v}
	case nil, bool, string, float64:
		return v
	}
	return fmt.Sprintf("%T", v)
}
