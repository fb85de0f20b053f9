# Head of a step: secrets live in $work, outside of the workspace, and are gone when the step ends, however it ends.
set -eu
umask 077
work=$(mktemp -d)

say() { printf '%s\n' "$@"; }

# fail PROBLEM NEXT-STEP
fail() {
    say "error: $1" "next: $2" >&2
    exit 1
}

# need PROGRAM...: before anything is changed
need() {
    for tool in "$@"; do
        command -v "$tool" > /dev/null || fail "$tool is not in the image of this step." "set an image that has it (cicd:infra.tools)."
    done
}

leave() {
    code=$?
    if command -v vault_leave > /dev/null; then vault_leave; fi
    if command -v git_leave > /dev/null; then git_leave; fi
    rm -rf "$work"
    exit "$code"
}
trap leave EXIT
trap 'exit 143' INT TERM

