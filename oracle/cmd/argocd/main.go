// argocd answers what the ApplicationSet controller and the repo server of Argo CD 3.6.1 make
// of a case: its own generators, templates, Reconcile and manifest generation run in process
// over fake Kubernetes clients, repositories from local folders and services answered from
// the case. `render` runs the Helm that ORACLE_HELM names.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"github.com/go-logr/logr"
	log "github.com/sirupsen/logrus"
	"k8s.io/klog/v2"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"
)

// scratch is the folder for everything written, removed at the end.
var scratch string

func write(out *bufio.Writer, v any) {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	_ = out.Flush()
}

func expand(data []byte, base string) any {
	c, err := readCase(data, base)
	if err != nil {
		return (&Answer{Applications: []any{}, Created: []string{}}).fail("CaseError", err)
	}
	return c.expand()
}

func render(data []byte, base string) any {
	c, err := readCase(data, base)
	if err != nil {
		return (&Rendered{}).fail("CaseError", err)
	}
	return c.render()
}

// modes are the questions that can be asked.
var modes = map[string]func(data []byte, base string) any{"expand": expand, "render": render}

// batch answers lines in their order with a few workers.
func batch(out *bufio.Writer, solve func([]byte, string) any) {
	workers := make(chan struct{}, runtime.NumCPU())
	waiting := make(chan chan any, 64)
	done := make(chan struct{})
	go func() {
		for slot := range waiting {
			write(out, <-slot)
		}
		close(done)
	}()
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			slot := make(chan any, 1)
			waiting <- slot
			workers <- struct{}{}
			go func() {
				slot <- solve(line, "")
				<-workers
			}()
		}
		if err != nil {
			break
		}
	}
	close(waiting)
	<-done
}

func versions() map[string]string {
	out := map[string]string{"go": runtime.Version()}
	info, _ := debug.ReadBuildInfo()
	for _, d := range info.Deps {
		if d.Replace != nil {
			d = d.Replace
		}
		out[d.Path] = d.Version
	}
	return out
}

func run() int {
	out := bufio.NewWriter(os.Stdout)
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		write(out, versions())
		return 0
	}
	var solve func([]byte, string) any
	if len(os.Args) == 3 {
		solve = modes[os.Args[1]]
	}
	if solve == nil {
		fmt.Fprintln(os.Stderr, "usage: argocd --version | {expand|render} CASE.json | {expand|render} --batch (JSON lines)")
		return 2
	}
	if err := tools(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	if os.Args[2] == "--batch" {
		batch(out, solve)
		return 0
	}
	data, err := os.ReadFile(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	write(out, solve(data, filepath.Dir(os.Args[2])))
	return 0
}

func main() {
	level := log.PanicLevel
	if l, err := log.ParseLevel(os.Getenv("ORACLE_LOG")); err == nil {
		level = l
	}
	_ = os.Setenv("ARGOCD_LOG_LEVEL", level.String())
	log.SetLevel(level)
	klog.SetLogger(logr.Discard())
	ctrllog.SetLogger(logr.Discard())
	var err error
	if scratch, err = os.MkdirTemp("", "seatrial-oracle-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	code := run()
	_ = filepath.WalkDir(scratch, func(p string, d fs.DirEntry, _ error) error {
		if d != nil && d.IsDir() { // the repository service takes rights away
			_ = os.Chmod(p, 0o700)
		}
		return nil
	})
	_ = os.RemoveAll(scratch)
	os.Exit(code)
}
