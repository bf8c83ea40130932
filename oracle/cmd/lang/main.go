// lang answers small questions about languages with the code Argo CD itself is built from:
// Go's text/template with sprig, fasttemplate, sigs.k8s.io/yaml, strategic merge, globs, versions.
// JSON lines in, JSON lines out, in order.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"
	// The zones of every machine are the same.
	_ "time/tzdata"
	"unicode/utf8"

	log "github.com/sirupsen/logrus"
)

// Question is one line of input. Which fields count depends on Mode; see README.md.
type Question struct {
	ID       any             `json:"id,omitempty"`
	Mode     string          `json:"mode"`
	Template string          `json:"template,omitempty"`
	Name     string          `json:"name,omitempty"`
	Data     json.RawMessage `json:"data,omitempty"`
	// DataYAML is read as sigs.k8s.io/yaml reads it, instead of Data.
	DataYAML string `json:"dataYaml,omitempty"`
	// Integers reads whole numbers of Data as int64 instead of float64.
	Integers bool `json:"integers,omitempty"`
	// GoTypes reads objects such as {"$int": 3} in Data as values of that Go type; see types.go.
	GoTypes bool `json:"goTypes,omitempty"`
	// StringMaps lists dotted paths in Data whose maps become map[string]string.
	StringMaps []string `json:"stringMaps,omitempty"`
	Funcs      string   `json:"funcs,omitempty"`
	Options    []string `json:"options,omitempty"`
	Text       string   `json:"text,omitempty"`
	// TextBase64 stands for Text where the text is not UTF-8.
	TextBase64 string          `json:"textBase64,omitempty"`
	Patch      json.RawMessage `json:"patch,omitempty"`
	Kind       string          `json:"kind,omitempty"`
	Pattern    string          `json:"pattern,omitempty"`
	Separators string          `json:"separators,omitempty"`
	Constraint string          `json:"constraint,omitempty"`
	Version    string          `json:"version,omitempty"`
	Iterations int             `json:"iterations,omitempty"`
}

// Answer is one line of output.
type Answer struct {
	ID     any     `json:"id,omitempty"`
	Output *string `json:"output,omitempty"`
	// OutputBase64 stands for Output where it is not UTF-8.
	OutputBase64 string           `json:"outputBase64,omitempty"`
	Outputs      []string         `json:"outputs,omitempty"`
	Match        *bool            `json:"match,omitempty"`
	Ns           map[string]int64 `json:"ns,omitempty"`
	Error        string           `json:"error,omitempty"`
	Panic        string           `json:"panic,omitempty"`
}

func (a *Answer) say(b []byte) {
	if !utf8.Valid(b) {
		a.OutputBase64 = base64.StdEncoding.EncodeToString(b)
		return
	}
	s := string(b)
	a.Output = &s
}

func (a *Answer) tell(b []byte, err error) {
	if err != nil {
		a.Error = err.Error()
		return
	}
	a.say(b)
}

var modes = map[string]func(*Question, *Answer){
	"template": evaluate, "replace": replace, "bench": bench,
	"yaml2json": yamlToJSON, "yaml2json-strict": yamlToJSONStrict, "json2yaml": jsonToYAML,
	"documents": documents, "gojson": goJSON, "printf": printf,
	"strategicmerge": strategicMerge, "typed": typed,
	"glob": globMatch, "semver": semverCheck,
}

func answer(line []byte) (a Answer) {
	var q Question
	if err := json.Unmarshal(line, &q); err != nil {
		return Answer{Error: "question: " + err.Error()}
	}
	a.ID = q.ID
	if q.TextBase64 != "" {
		b, err := base64.StdEncoding.DecodeString(q.TextBase64)
		if err != nil {
			return Answer{ID: q.ID, Error: "question: " + err.Error()}
		}
		q.Text = string(b)
	}
	mode, ok := modes[q.Mode]
	if !ok {
		return Answer{ID: q.ID, Error: fmt.Sprintf("question: no mode %q", q.Mode)}
	}
	defer func() {
		if p := recover(); p != nil {
			a = Answer{ID: q.ID, Panic: fmt.Sprint(p)}
		}
	}()
	mode(&q, &a)
	return a
}

func versions() map[string]string {
	out := map[string]string{"go": runtime.Version()}
	info, _ := debug.ReadBuildInfo()
	for _, d := range info.Deps {
		out[d.Path] = d.Version
		if d.Replace != nil {
			out[d.Path] = d.Replace.Version
		}
	}
	return out
}

func main() {
	log.SetLevel(log.PanicLevel)
	time.Local = time.UTC
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		_ = out.Encode(versions())
		return
	}
	// A template can run for ever; the asker sees the exit and knows the question.
	alarm := time.AfterFunc(time.Hour, func() { os.Exit(3) })
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 1 {
			alarm.Reset(20 * time.Second)
			_ = out.Encode(answer(line))
			alarm.Stop()
		}
		if err != nil {
			return
		}
	}
}
