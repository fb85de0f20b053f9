# Hands the post-mortems that a push added or changed to the repository's own program.
# Environment: DIRECTORY, SCRIPT, and what vault.sh and changed.sh read.
need git jq

changed_files > "$work/files"
# What the push took away is not there any more.
while IFS= read -r path; do
    case $path in "$DIRECTORY"/*.md) if [ -f "$path" ]; then say "$path"; fi ;; esac
done < "$work/files" > "$work/documents"
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
