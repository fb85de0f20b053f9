# changed_files [OPTION...]: prints what the push changed; options are those of git diff.
# Environment: CI_PREV_COMMIT_SHA. A restarted pipeline may name a later commit as the one before it, which would be the reverse.

changed_files() {
    base=${CI_PREV_COMMIT_SHA:-}
    if [ -z "$base" ] || { git cat-file -e "$base^{commit}" 2> /dev/null && ! git merge-base --is-ancestor "$base" HEAD; }; then
        base=HEAD~1
    fi
    git -c core.quotePath=false diff --name-only --no-renames "$base" HEAD "$@" || fail "the commit $base is not in the clone: nobody can say what changed." \
        "push less at once, or raise the depth of the clone."
}

