# Hands the post-mortems that a push added or changed to the repository's own program.
# Environment: DIRECTORY, SCRIPT, and what vault.sh and changed.sh read.
need git

changed_files --diff-filter=AM -- "$DIRECTORY/*.md" > "$work/documents"
if [ ! -s "$work/documents" ]; then
    say "no post-mortem was added or changed"
    exit 0
fi
cat "$work/documents"
[ -x "$SCRIPT" ] || fail "$SCRIPT is not an executable file of the repository." "set cicd:infra.pipelines.postmortem-todos.script."

vault_login
VAULT_TOKEN=$(cat "$work/vault-token")
export VAULT_TOKEN
set -f
IFS='
'
# shellcheck disable=SC2046 # one argument a line
"./$SCRIPT" $(cat "$work/documents") < /dev/null
