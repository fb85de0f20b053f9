# Applies the terragrunt stacks that a push changed, one after the other, and commits the state of each.
#
# Environment:
#   STACKS_DIRECTORY   where the stacks are, one a directory
#   PLATFORM_STACKS    names, in the order in which they are applied, before all others
#   SKIPPED_STACKS     names that are never applied here
#   GLOBAL_PATHS       lines; a change of what begins so changes every platform stack
#   STATE_PATHS        what is committed afterwards
#   and what vault.sh, git.sh and changed.sh read
need git terragrunt curl jq

is_in() {
    case " $2 " in *" $1 "*) return 0 ;; esac
    return 1
}

select_stacks() {
    for stack in $PLATFORM_STACKS; do
        if [ -n "$everything" ] || grep -q "^$STACKS_DIRECTORY/$stack/" "$work/files"; then say "$stack"; fi
    done
    sed -n "s|^$STACKS_DIRECTORY/||p" "$work/files" | sed -n 's|/.*||p' | sort -u | while read -r stack; do
        is_in "$stack" "$PLATFORM_STACKS" || say "$stack"
    done
}

apply() {
    if is_in "$1" "$SKIPPED_STACKS"; then
        say "== $1: not applied by this pipeline"
        return 0
    fi
    if [ ! -f "$STACKS_DIRECTORY/$1/terragrunt.hcl" ]; then
        say "== $1: not a stack (any more)"
        return 0
    fi
    say "== $1"
    # A token lives for half an hour: each stack has one of its own.
    vault_leave
    if ! (vault_login); then
        failed="$failed $1"
        return 0
    fi
    VAULT_TOKEN=$(cat "$work/vault-token")
    export VAULT_TOKEN
    if (cd "$STACKS_DIRECTORY/$1" && terragrunt apply -auto-approve -no-color -input=false -lock-timeout=5m) < /dev/null > "$work/log" 2>&1; then
        cat "$work/log"
    else
        cat "$work/log"
        failed="$failed $1"
    fi
    keep_state "$1"
}

# Right after each stack, also after one that failed half-way: whatever ends this step later takes no state along.
keep_state() {
    # shellcheck disable=SC2086 # one word a path
    [ -z "$STATE_PATHS" ] || git_push_back "State of $1 after ${CI_COMMIT_SHA:-}" $STATE_PATHS
}

changed_files > "$work/files"
everything=""
while read -r path; do
    if [ -n "$path" ] && grep -q "^$path" "$work/files"; then everything=yes; fi
done << PATHS
$GLOBAL_PATHS
PATHS
select_stacks > "$work/stacks"
if [ ! -s "$work/stacks" ]; then
    say "no stack changed"
    exit 0
fi

git_to_head
git_unlock
mkdir "$work/plugins"
export TF_IN_AUTOMATION=1 TF_PLUGIN_CACHE_DIR="$work/plugins" TG_NON_INTERACTIVE=true
failed=""
set -f
while read -r stack <&3; do apply "$stack"; done 3< "$work/stacks"
git_settle
[ -z "$lost" ] || fail "${failed:+not applied:$failed. }$lost" \
    "see the lines above. Then run this pipeline again: a stack whose state is lost finds things that exist already, which are to be imported."
[ -z "$failed" ] || fail "not applied:$failed." "see their output above; a stack that somebody else holds locked is applied by running this pipeline again."
