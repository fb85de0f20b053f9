package main

import (
	"slices"

	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
)

// unserved names what the Terraform provider has and this plugin leaves out. The bridge keeps one list for
// resources and data sources, so a name that is served as either must not stand in it.
func unserved(resources, dataSources shim.ResourceMap) []string {
	var names []string
	collect := func(name string, _ shim.Resource) bool {
		if !slices.Contains(served.resources, name) && !slices.Contains(served.dataSources, name) {
			names = append(names, name)
		}
		return true
	}
	resources.Range(collect)
	dataSources.Range(collect)
	slices.Sort(names)
	return slices.Compact(names)
}
