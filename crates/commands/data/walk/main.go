// The commands of a tool as data: printed for each its path, whether it runs, whether it reads its own flags, aliases, flags, inherited flags.
// Built within a module that requires the tool (`github.com/argoproj/argo-cd/v3/cmd/argocd/commands`, or
// `k8s.io/kubectl/pkg/cmd` with `cmd.NewDefaultKubectlCommand()`).
package main

import (
	"fmt"
	"sort"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/argoproj/argo-cd/v3/cmd/argocd/commands"
)

func walk(c *cobra.Command, path string) {
	var flags []string
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if c.PersistentFlags().Lookup(f.Name) == nil { flags = append(flags, show(f)) }
	})
	sort.Strings(flags)
	var pers []string
	c.PersistentFlags().VisitAll(func(f *pflag.Flag) { pers = append(pers, show(f)) })
	sort.Strings(pers)
	fmt.Printf("%s|%v|%v|%s|", path, c.Runnable(), c.DisableFlagParsing, join(c.Aliases))
	fmt.Printf("%s|%s|%s\n", join(flags), join(pers), c.Deprecated)
	for _, s := range c.Commands() {
		walk(s, path+" "+s.Name())
	}
}
func join(a []string) string { o := ""; for i, x := range a { if i > 0 { o += "," }; o += x }; return o }
func show(f *pflag.Flag) string {
	s := f.Name
	if f.Shorthand != "" { s += "/" + f.Shorthand }
	if f.NoOptDefVal == "" { s += "=" }
	if f.Deprecated != "" { s += "!" }
	return s
}
func main() { walk(commands.NewCommand(), "argocd") }
