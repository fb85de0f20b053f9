# changed_files: prints what the push changed, a path a line.
# Environment: CI_PREV_COMMIT_SHA, CI_PIPELINE_PARENT, CI_PIPELINE_FILES.
#
# Woodpecker names the newest pipeline of the branch before this one, whatever its event: for a restart that is this commit or a
# later one, and a manual or cron pipeline may have been quicker than the push. What the forge said at the push is kept on a restart.

changed_files() {
    base=${CI_PREV_COMMIT_SHA:-}
    case ${CI_PIPELINE_PARENT:-0} in
        0) ;;
        *) base="" ;;
    esac
    if [ -n "$base" ] && [ "$(git rev-parse --quiet --verify "$base^{commit}")" != "$(git rev-parse HEAD)" ] &&
        git merge-base --is-ancestor "$base" HEAD 2> /dev/null; then
        # Without -z, git writes some names in quotes.
        git diff -z --name-only --no-renames "$base" HEAD > "$work/diff"
        tr '\0' '\n' < "$work/diff"
        return 0
    fi
    # GitHub compares up to 300 files, and Woodpecker passes on up to 500: a list that long may be a part.
    printf '%s' "${CI_PIPELINE_FILES:-[]}" | jq -r 'map(select(. != "")) | if length > 0 and length < 300 then .[] else error("unusable") end' 2> "$work/said" ||
        fail "nobody can say what this push changed: CI_PREV_COMMIT_SHA (${CI_PREV_COMMIT_SHA:-not set}) is not the commit before it, and CI_PIPELINE_FILES is empty, or longer than the forge compares." \
            "push a commit that touches what this pipeline is to handle, or do it by hand."
}

