module cicd-pipeline/sandbox/toolchain/woodpecker-libs

go 1.26.0

require (
	github.com/bmatcuk/doublestar/v4 v4.10.0
	github.com/drone/envsubst v1.0.3
	github.com/expr-lang/expr v1.17.8
	github.com/gdgvda/cron v0.7.0
	go.yaml.in/yaml/v4 v4.0.0-rc.6
)
