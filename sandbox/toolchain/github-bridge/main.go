// A Pulumi resource plugin "github" around terraform-provider-github: the provider's own logic under the
// type tokens and property names of the npm package @pulumi/github 6.15.0. Only the resources listed below
// are served; every other one is an unknown token to the engine.
package main

import (
	"github.com/integrations/terraform-provider-github/v6/github"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

// version is that of the npm package whose tokens are served; the linker sets it.
var version = "v6.15.0"

// served lists Terraform names; the tokens follow from them (github_actions_secret becomes
// github:index/actionsSecret:ActionsSecret), as in the npm package.
var served = struct{ resources, dataSources []string }{
	resources: []string{
		"github_actions_environment_secret",
		"github_actions_secret",
		"github_actions_variable",
		"github_branch",
		"github_repository",
		"github_repository_file",
		"github_repository_webhook",
	},
	dataSources: []string{"github_repository"},
}

func main() {
	info := provider()
	tfbridge.Main(info.Name, version, info, nil)
}

func provider() tfbridge.ProviderInfo {
	shim := shimv2.NewProvider(github.NewProvider(version, "")())
	info := tfbridge.ProviderInfo{
		P:       shim,
		Name:    "github",
		Version: version,
		Config: map[string]*tfbridge.SchemaInfo{
			"base_url": {Default: &tfbridge.DefaultInfo{
				EnvVars: []string{"GITHUB_BASE_URL"},
				Value:   "https://api.github.com/",
			}},
			"token": {
				Default: &tfbridge.DefaultInfo{EnvVars: []string{"GITHUB_TOKEN"}},
				Secret:  tfbridge.True(),
			},
		},
		// An environment's secret cannot exist twice under one name.
		Resources: map[string]*tfbridge.ResourceInfo{
			"github_actions_environment_secret": {DeleteBeforeReplace: true},
		},
		IgnoreMappings:                 unserved(shim.ResourcesMap(), shim.DataSourcesMap()),
		EnableZeroDefaultSchemaVersion: true,
		EnableAccurateBridgePreview:    true,
		EnableRawStateDelta:            true,
	}
	info.MustComputeTokens(tokens.SingleModule("github_", "index", tokens.MakeStandard("github")))
	info.SetAutonaming(255, "-")
	return info
}
