package main

import (
	"encoding/base64"
	"errors"
)

// typedValues makes values of Go types JSON does not have; each stands in Data as an object
// of one key, its name here.
var typedValues = map[string]func(any) any{
	"$int":        func(x any) any { return int(number(x)) },
	"$int8":       func(x any) any { return int8(number(x)) },
	"$int32":      func(x any) any { return int32(number(x)) },
	"$int64":      func(x any) any { return int64(number(x)) },
	"$uint":       func(x any) any { return uint(number(x)) },
	"$uint8":      func(x any) any { return uint8(number(x)) },
	"$uint64":     func(x any) any { return uint64(number(x)) },
	"$bytes":      func(x any) any { return decoded(x) },
	"$rawstring":  func(x any) any { return string(decoded(x)) },
	"$error":      func(x any) any { return errors.New(text(x)) },
	"$nilmap":     func(any) any { return map[string]any(nil) },
	"$nillist":    func(any) any { return []any(nil) },
	"$nilstrings": func(any) any { return []string(nil) },
	"$strings": func(x any) any {
		out := []string{}
		for _, e := range list(x) {
			out = append(out, text(e))
		}
		return out
	},
	"$ints": func(x any) any {
		out := []int{}
		for _, e := range list(x) {
			out = append(out, int(number(e)))
		}
		return out
	},
	"$mapss": func(x any) any {
		out := map[string]string{}
		m, _ := x.(map[string]any)
		for k, e := range m {
			out[k] = text(e)
		}
		return out
	},
	"$complex": func(x any) any {
		parts := append(list(x), 0.0, 0.0)
		return complex(number(parts[0]), number(parts[1]))
	},
}

func goTypes(v any) any {
	switch t := v.(type) {
	case []any:
		for i := range t {
			t[i] = goTypes(t[i])
		}
	case map[string]any:
		for k, x := range t {
			if typed, ok := typedValues[k]; ok && len(t) == 1 {
				return typed(x)
			}
			t[k] = goTypes(x)
		}
	}
	return v
}

func number(x any) float64 {
	f, _ := x.(float64)
	return f
}

func text(x any) string {
	s, _ := x.(string)
	return s
}

func list(x any) []any {
	l, _ := x.([]any)
	return l
}

func decoded(x any) []byte {
	b, _ := base64.StdEncoding.DecodeString(text(x))
	return b
}
