// Command gotypes prints the JSON shape of Argo CD's Go types: one line per struct,
// fields in the order of declaration, as encoding/json and reflection see them.
package main

import (
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

var (
	done  = map[reflect.Type]bool{}
	lines []string
)

func special(t reflect.Type) string {
	switch t.String() {
	case "v1.Time", "v1.MicroTime":
		return "time"
	case "v1.JSON":
		return "json"
	case "runtime.RawExtension":
		return "raw"
	case "intstr.IntOrString":
		return "intstr"
	case "v1.FieldsV1":
		return "fieldsv1"
	case "v1.Duration":
		return "duration"
	}
	return ""
}

func name(t reflect.Type) string { return t.String() }

func typ(t reflect.Type) string {
	if s := special(t); s != "" {
		return s
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + typ(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "[" + named(t) + "]" + typ(t.Elem())
	case reflect.Map:
		return "{" + named(t) + "}" + typ(t.Elem())
	case reflect.Struct:
		walk(t)
		return "@" + name(t)
	case reflect.Interface:
		return "any"
	default:
		n := t.Kind().String()
		if t.String() != n {
			n += ":" + t.String()
		}
		return n
	}
}

// named is the name of a named slice or map type.
func named(t reflect.Type) string {
	if t.Name() == "" {
		return ""
	}
	return t.String()
}

func walk(t reflect.Type) {
	if done[t] {
		return
	}
	done[t] = true
	var b strings.Builder
	fmt.Fprintf(&b, "%s", name(t))
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		tag := f.Tag.Get("json")
		if tag == "-" {
			continue
		}
		parts := strings.Split(tag, ",")
		jn := parts[0]
		opt := ""
		inline := f.Anonymous && jn == ""
		for _, p := range parts[1:] {
			switch p {
			case "omitempty":
				opt += "?"
			case "omitzero":
				opt += "!"
			}
		}
		if jn == "" && !inline {
			jn = f.Name
		}
		if inline {
			jn = "<"
		}
		patch := ""
		if s := f.Tag.Get("patchStrategy"); s != "" {
			patch = "~" + s
			if k := f.Tag.Get("patchMergeKey"); k != "" {
				patch += ":" + k
			}
		}
		fmt.Fprintf(&b, " %s=%s%s%s", jn, typ(f.Type), opt, patch)
		if strings.ToLower(f.Name) != strings.ToLower(jn) && !inline {
			fmt.Fprintf(&b, "/%s", f.Name)
		}
	}
	lines = append(lines, b.String())
}

func main() {
	walk(reflect.TypeFor[v1alpha1.ApplicationSet]())
	walk(reflect.TypeFor[v1alpha1.Application]())
	walk(reflect.TypeFor[v1alpha1.AppProject]())
	walk(reflect.TypeFor[v1alpha1.ApplicationSetNestedGenerator]())
	walk(reflect.TypeFor[v1alpha1.NestedMatrixGenerator]())
	walk(reflect.TypeFor[v1alpha1.NestedMergeGenerator]())
	sort.Strings(lines)
	fmt.Fprintln(os.Stdout, strings.Join(lines, "\n"))
}
