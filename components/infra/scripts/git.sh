# Work on the checked-out repository, and back to it over ssh.
# Environment: GIT_CRYPT_KEY (base64, where files are encrypted), BRANCH, PUSH_URL, PUSH_KEY, PUSH_HOST_KEYS.

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
git_push_back() {
    message=$1
    shift
    git add --all -- "$@"
    if git diff --cached --quiet; then
        say "nothing to commit"
        return 0
    fi
    printf '%s\n' "$PUSH_KEY" > "$work/push-key"
    printf '%s\n' "$PUSH_HOST_KEYS" > "$work/push-hosts"
    export GIT_SSH_COMMAND="ssh -i $work/push-key -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=$work/push-hosts -o GlobalKnownHostsFile=/dev/null"
    git -c user.name="$GIT_AUTHOR_NAME" -c user.email="$GIT_AUTHOR_EMAIL" commit --quiet --message "$message [CI SKIP]"
    for pause in 1 2 5 0; do
        if git fetch --quiet "$PUSH_URL" "$BRANCH"; then
            git -c user.name="$GIT_AUTHOR_NAME" -c user.email="$GIT_AUTHOR_EMAIL" rebase --quiet FETCH_HEAD || {
                git rebase --abort
                fail "what is to be committed ($message) conflicts with what was pushed to $BRANCH meanwhile." "run this pipeline again on the new head."
            }
            if git push --quiet "$PUSH_URL" "HEAD:$BRANCH"; then
                say "pushed: $message"
                return 0
            fi
            problem="cannot push to $BRANCH of $PUSH_URL"
            cause="a key without the right to push, or a protected branch"
        else
            problem="cannot fetch $BRANCH from $PUSH_URL"
            cause="a host that is not reached or shows another key, or a key that it refuses"
        fi
        sleep "$pause"
    done
    fail "$problem; what was to be committed ($message) is lost with this workspace." "see the lines above: $cause."
}

