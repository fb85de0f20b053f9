# Brings a set of files to the host it runs on, as root. Everything it needs comes in this one text; nothing is fetched.
#
# Before it stand, written by payload.ts:
#   root          directory of the host that is managed; what this program remembers is in $root/.push
#   host_files    prints a line for each file: mode, owner, action, path, content as base64
#   host_secrets  prints a line for each secret of the hooks: name, value as base64
#   and the hooks: validate (before anything is touched; reads $staged), apply (files are in place), verify, retire.
#
# A hook runs as a process of its own. `is_changed ACTION` tells it whether a file of that action is new, other or gone;
# `changed_actions` lists them all. A push that was killed is taken up by the next one: what it had put in place counts as changed.
state=$root/.push
staged=$state/staged
changed=$state/changed
previous=$state/previous
pending=$state/pending
manifest=$state/manifest

say() {
    printf '%s\n' "$*"
}

# fail WHAT NEXT-STEP
fail() {
    printf 'error: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf '  %s\n' "$2" >&2
    exit 1
}

# need PROGRAM PACKAGE
need() {
    command -v "$1" > /dev/null 2>&1 || fail "there is no $1 on this host." "install it: apt-get install $2"
}

is_changed() {
    grep -q "^$1 " "$changed"
}

changed_actions() {
    cut -d ' ' -f 1 "$changed" | sort -u
}

# secret NAME: prints the value
secret() {
    host_secrets | while read -r name value; do
        if [ "$name" = "$1" ]; then printf '%s' "$value" | base64 -d; fi
    done
}

lock() {
    need flock util-linux
    mkdir -p "$root"
    mkdir -p -m 700 "$state"
    exec 9>> "$state/lock"
    if ! flock -w "${LOCK_SECONDS:-5}" 9; then
        fail "another push is under way on this host: $(cat "$state/lock")." "wait until it has ended and run the update again; nothing was changed by this one."
    fi
    # On a full disk the next step says so.
    say "process $$ since $(date -u +%FT%TZ)" > "$state/lock" || :
}

stage() {
    rm -rf "$staged"
    mkdir -m 700 "$staged"
    host_files > "$state/files"
    : > "$state/plan"
    while read -r mode owner action path content; do
        mkdir -p "$(dirname "$staged$path")"
        printf '%s' "$content" | base64 -d > "$staged$path"
        chown "$owner" "$staged$path"
        chmod "$mode" "$staged$path"
        say "$action $path" >> "$state/plan"
    done < "$state/files"
    rm -f "$state/files"
}

# lists FILE PATH
lists() {
    [ -f "$1" ] && awk -v wanted="$2" '$2 == wanted { found = 1 } END { exit !found }' "$1"
}

same() {
    [ -f "$2" ] && [ ! -L "$2" ] && cmp -s "$1" "$2" && [ "$(stat -c '%a %U:%G' "$1")" = "$(stat -c '%a %U:%G' "$2")" ]
}

# What differs from the host, what an interrupted push left half done, and what is no longer wanted.
compare() {
    touch "$manifest"
    {
        [ ! -f "$pending" ] || cat "$pending"
        while read -r action path; do
            same "$staged$path" "$path" || say "$action $path"
        done < "$state/plan"
        while read -r action path; do
            lists "$state/plan" "$path" || say "$action $path"
        done < "$manifest"
    } | sort -u > "$changed"
}

# Copies of what is replaced. Of an interrupted push they are there already, and are the older ones.
keep_previous() {
    [ -f "$pending" ] || rm -rf "$previous"
    mkdir -p -m 700 "$previous"
    while read -r _ path; do
        if lists "$pending" "$path"; then continue; fi
        rm -f "$previous$path"
        if [ -f "$path" ]; then
            mkdir -p "$(dirname "$previous$path")"
            cp -p "$path" "$previous$path"
        fi
    done < "$changed"
    cp "$changed" "$pending.new"
    sync "$pending.new"
    mv "$pending.new" "$pending"
}

beside() {
    printf '%s/.%s.push' "$(dirname "$1")" "$(basename "$1")"
}

# put_in_place DIRECTORY: the files of $changed as they are there; first all that takes room, then only renames.
put_in_place() {
    while read -r _ path; do
        if [ -f "$1$path" ]; then
            mkdir -p "$(dirname "$path")"
            cp -p "$1$path" "$(beside "$path")"
        fi
    done < "$changed"
    while read -r _ path; do
        if [ -f "$1$path" ]; then
            # A directory where a file is wanted would take it in.
            mv -fT "$(beside "$path")" "$path"
        else
            rm -f "$path" "$(beside "$path")"
        fi
    done < "$changed"
}

# A function as a process of its own: where the shell only asks whether it worked, it would go on after an error inside of it.
works() {
    sh "$0" "$1"
}

push() {
    lock
    if ! works stage; then
        rm -rf "$staged" "$state/files"
        fail "the files cannot be written to $staged; nothing was changed." "see the line above; for a full disk: df -h $root"
    fi
    [ ! -f "$pending" ] || say "going on where an interrupted push ended"
    compare
    works validate || refuse
    while read -r action path; do
        if [ -f "$staged$path" ]; then say "new: $path ($action)"; else say "gone: $path ($action)"; fi
    done < "$changed"
    works keep_previous || fail "what is replaced cannot be kept; nothing was changed." "for a full disk: df -h $root"
    works place || put_back "the files cannot be put in place"
    works apply || put_back "the host does not work with the new files"
    works verify || put_back "what should answer now does not"
    cp "$state/plan" "$manifest"
    rm -rf "$pending" "$staged"
    say "verified: every file is as it should be, $(wc -l < "$changed") changed"
}

refuse() {
    rm -rf "$staged"
    fail "the new files were refused; nothing was changed." "see the lines above and mend what they name."
}

# Whether a file of the new or of the last push is here.
has_files() {
    cat "$state/plan" "$manifest" | while read -r _ path; do
        [ ! -f "$path" ] || { say "$path"; break; }
    done | grep -q .
}

# put_back WHY
put_back() {
    say "$1: putting back what was here before"
    works restore || fail "$1, and the previous files cannot be put back; they are in $previous." "put them in place by hand."
    if ! has_files; then
        works apply || fail "$1; nothing was here before: its files are removed again, but what reads them cannot be ended." "see the lines above; this host needs a look."
        rm -rf "$pending" "$staged"
        fail "$1; nothing was here before: its files are removed again, and nothing runs with them." "see the lines above and mend what they name."
    fi
    works apply || fail "$1; the previous files are back, but what reads them does not work." "see the lines above; this host needs a look."
    rm -rf "$pending" "$staged"
    fail "$1; the previous files are back, and what reads them runs with them." "see the lines above and mend what they name."
}

remove() {
    lock
    touch "$manifest"
    cp "$manifest" "$changed"
    works retire
    while read -r _ path; do
        rm -f "$path"
        say "removed: $path"
    done < "$changed"
    rm -rf "$state"
}

# The work goes on when the connection breaks: it writes to a file, and only what shows that file notices.
in_background() {
    mkdir -p -m 700 "$state"
    # Not in $root, whose disk may be full: nobody would hear of it.
    log=$0.log
    : > "$log"
    sh "$0" "$1" > "$log" 2>&1 &
    worker=$!
    tail -n +1 -s 0.1 -f --pid="$worker" "$log" || :
    code=0
    wait "$worker" || code=$?
    if [ -d "$state" ]; then cp "$log" "$state/log" || :; fi
    exit "$code"
}

main() {
    case $1 in
        push | remove)
            [ "$(id -u)" = 0 ] || fail "this needs root." "log in as root, or as a user who may use sudo without a password."
            mkdir -p "$root" || fail "$root cannot be made." "for a full disk: df -h"
            in_background "work-$1"
            ;;
        work-push) push ;;
        work-remove) remove ;;
        place) put_in_place "$staged" ;;
        restore) put_in_place "$previous" ;;
        *) "$1" ;;
    esac
}
