// Command helmbench measures Helm's own engine in its process: how long one release takes once the chart is loaded.
//
// helmbench CHART VALUES TURNS: VALUES is a values file, or "" for none. It prints one JSON object: ns a turn, the best and the
// median, of all that Helm does per release (dependencies, values, schema, templates, sorting), and of the templates alone.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
)

// times are the nanoseconds of one turn.
type times struct{ release, templates int64 }

func main() {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		version()
		return
	}
	if len(os.Args) != 4 {
		fail(fmt.Errorf("usage: helmbench CHART VALUES TURNS"))
	}
	turns, err := strconv.Atoi(os.Args[3])
	if err != nil || turns < 1 {
		fail(fmt.Errorf("TURNS is a number of at least 1"))
	}
	values := map[string]any{}
	if os.Args[2] != "" {
		read, err := common.ReadValuesFile(os.Args[2])
		if err != nil {
			fail(err)
		}
		values = read
	}
	all := make([]times, 0, turns)
	for range turns {
		// A release changes the chart that it is made of, so each turn has its own; loading is not part of it.
		loaded, err := loader.Load(os.Args[1])
		if err != nil {
			fail(err)
		}
		took, err := turn(loaded, values)
		if err != nil {
			fail(err)
		}
		all = append(all, took)
	}
	of := func(pick func(times) int64) map[string]int64 {
		var list []int64
		for _, t := range all {
			list = append(list, pick(t))
		}
		slices.Sort(list)
		return map[string]int64{"best": list[0], "median": list[len(list)/2]}
	}
	print(map[string]any{
		"release":   of(func(t times) int64 { return t.release }),
		"templates": of(func(t times) int64 { return t.templates }),
	})
}

// turn makes one release as `helm template` does, after loading.
func turn(loaded *chart.Chart, values map[string]any) (times, error) {
	start := time.Now()
	if err := chartutil.ProcessDependencies(loaded, values); err != nil {
		return times{}, err
	}
	capabilities := common.DefaultCapabilities.Copy()
	options := common.ReleaseOptions{Name: "bench", Namespace: "default", Revision: 1, IsInstall: true}
	top, err := util.ToRenderValuesWithSchemaValidation(loaded, values, options, capabilities, false)
	if err != nil {
		return times{}, err
	}
	before := time.Now()
	files, err := engine.Engine{}.Render(loaded, top)
	if err != nil {
		return times{}, err
	}
	templates := time.Since(before)
	for name := range files {
		if strings.HasSuffix(name, "NOTES.txt") {
			delete(files, name)
		}
	}
	if _, _, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder); err != nil {
		return times{}, err
	}
	return times{release: time.Since(start).Nanoseconds(), templates: templates.Nanoseconds()}, nil
}

// version prints the Helm that is linked.
func version() {
	linked := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		linked["go"] = info.GoVersion
		for _, module := range info.Deps {
			if module.Path == "helm.sh/helm/v4" {
				linked[module.Path] = module.Version
			}
		}
	}
	print(linked)
}

func print(answer any) {
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "helmbench:", err)
	os.Exit(1)
}
