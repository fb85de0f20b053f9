# Work on the checked-out repository, and back to it over ssh: git_to_head, git_unlock, git_push_back after each unit of work, git_settle.
# Environment: GIT_CRYPT_KEY (base64, where files are encrypted), and where something is brought back:
#   BRANCH, PUSH_URL, PUSH_KEY, PUSH_HOST_KEYS, GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL.
uncommitted="" unpushed="" conflicts=""

# Only this file's own git has the key of the branch and the name: nothing is exported to the programs of the repository.
git_remote() {
    GIT_SSH_COMMAND="ssh -i $work/push-key -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=$work/push-hosts -o GlobalKnownHostsFile=/dev/null" git "$@"
}

git_as_author() { git -c user.name="$GIT_AUTHOR_NAME" -c user.email="$GIT_AUTHOR_EMAIL" "$@"; }

# git_try COMMAND: four times; it says why in `problem` and `cause`.
git_try() {
    for pause in 1 2 5 0; do
        if "$1"; then return 0; fi
        sleep "$pause"
    done
    return 1
}

git_fetch() {
    if git_remote fetch --quiet "$PUSH_URL" "$BRANCH"; then return 0; fi
    problem="cannot fetch $BRANCH from $PUSH_URL"
    cause="a host that is not reached or shows another key, or a key that it refuses"
    return 1
}

# git_to_head: before any work, where something is brought back. A run that was queued or restarted starts from what was brought back
# since its commit, and not from the state or the certificate of that time.
git_to_head() {
    [ -n "${PUSH_URL:-}" ] || return 0
    printf '%s\n' "$PUSH_KEY" > "$work/push-key"
    printf '%s\n' "$PUSH_HOST_KEYS" > "$work/push-hosts"
    git_try git_fetch || fail "$problem; nothing was done." "see the lines above: $cause."
    commit=$(git rev-parse HEAD)
    git merge-base --is-ancestor "$commit" FETCH_HEAD || fail "$BRANCH of $PUSH_URL does not have the commit $commit (any more); nothing was done." \
        "push to $BRANCH what is to be worked on: only what follows on its head can be brought back."
    git checkout --quiet --detach FETCH_HEAD || fail "cannot check out the head of $BRANCH; nothing was done." "see the words of git above."
    say "at $(git rev-parse HEAD), the head of $BRANCH"
}

git_unlock() {
    [ -n "${GIT_CRYPT_KEY:-}" ] || return 0
    need git-crypt
    printf '%s' "$GIT_CRYPT_KEY" | base64 -d > "$work/git-crypt-key" || fail "GIT_CRYPT_KEY is not base64." "store it as: git-crypt export-key - | base64"
    git-crypt unlock "$work/git-crypt-key"
    rm -f "$work/git-crypt-key"
}

# The key and what it opened must not stay for the steps that follow.
git_leave() {
    [ -d .git/git-crypt ] || return 0
    git-crypt lock --force > /dev/null 2>&1 || rm -rf .git/git-crypt
}

# git_push_back MESSAGE PATH...: commits what changed there and brings it to the branch, whoever else pushed meanwhile.
# It ends no step: what does not get there goes along with the next call, and git_settle has the last word.
git_push_back() {
    uncommitted=$1
    shift
    git add --all -- "$@" || return 0
    if ! git diff --cached --quiet; then
        git_as_author commit --quiet --message "$uncommitted [CI SKIP]" || return 0
        unpushed="${unpushed:+$unpushed; }$uncommitted"
    fi
    uncommitted=""
    git_push
}

git_push() {
    if [ -z "$unpushed" ]; then
        say "nothing to commit"
    elif git_try git_bring; then
        git log --reverse --format='pushed: %s' FETCH_HEAD..HEAD
        unpushed=""
    else
        say "warning: $problem; only in this workspace: $unpushed" >&2
    fi
}

git_bring() {
    git_fetch || return 1
    git_rebase || return 1
    if git_remote push --quiet "$PUSH_URL" "HEAD:$BRANCH"; then return 0; fi
    problem="cannot push to $BRANCH of $PUSH_URL"
    cause="a key without the right to push, or a protected branch"
    return 1
}

# git_rebase: what is committed here goes after what others pushed. What conflicts with it is left out: it must not hold up the rest.
# Programs touch other files of the repository as well; these stay as they are, or as the branch has them now.
git_rebase() {
    left=$(git rev-list --count FETCH_HEAD..HEAD)
    out=$conflicts
    set -- --autostash --quiet FETCH_HEAD
    until git_as_author rebase "$@"; do
        if [ "$left" = 0 ] || ! subject=$(git log -1 --format=%s REBASE_HEAD 2> /dev/null); then
            git rebase --abort 2> /dev/null || true
            problem="cannot rebase on what was pushed to $BRANCH meanwhile"
            cause="what git says is in its way"
            return 1
        fi
        left=$((left - 1))
        out="${out:+$out; }$subject"
        set -- --skip
    done
    conflicts=$out
    git ls-files --unmerged | cut -f 2 | sort -u > "$work/unmerged"
    [ ! -s "$work/unmerged" ] || git checkout --quiet HEAD --pathspec-from-file="$work/unmerged" || true
}

# git_settle: tries once more; sets `lost` to sentences on what never got to the branch, and to nothing where all did.
git_settle() {
    [ -z "$unpushed" ] || git_push
    lost=${uncommitted:+"git cannot commit what was to be kept: $uncommitted."}
    [ -z "$unpushed" ] || lost="${lost:+$lost }$problem ($cause), so this is lost with the workspace: $unpushed."
    [ -z "$conflicts" ] || lost="${lost:+$lost }$BRANCH has something else since, which conflicts with this and stays: $conflicts."
}

