# Hands the post-mortems that a push added or changed to the repository's own program.
# Environment: DIRECTORY, SCRIPT, and what vault.sh reads.
need git

base=${CI_PREV_COMMIT_SHA:-}
if [ -z "$base" ] || ! git merge-base --is-ancestor "$base" HEAD 2> /dev/null; then base=HEAD~1; fi
git diff --name-only --diff-filter=AM "$base" HEAD -- "$DIRECTORY" | grep '[.]md$' > "$work/documents" || true
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
# shellcheck disable=SC2046 # one argument a document; the names have no blanks, the pattern of the trigger sees to it
"./$SCRIPT" $(cat "$work/documents") < /dev/null
