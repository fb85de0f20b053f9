# registry-clean [--dry-run]: removes from the private registry the tags beyond the newest of each repository, and the manifests
# that nothing leads to any more. Space is freed by registry-collect.
#
# Stays: what is protected, what is younger than the grace, what a tag that stays leads to (also the children of an index, which have no
# tag of their own), and the signatures of that. A tag that cannot be read stays and does not count; its repository keeps all its manifests.
#
# Before it stand: storage, keep, grace_minutes, lock, hold, and the function protected, which prints lines of repository:tag.
set -eu
export LC_ALL=C

dry=
case ${1-} in
    '') ;;
    --dry-run) dry=1 ;;
    *) echo "usage: registry-clean [--dry-run]" >&2; exit 64 ;;
esac

repositories=$storage/docker/registry/v2/repositories
blobs=$storage/docker/registry/v2/blobs/sha256
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
removed_tags=0
removed_manifests=0

is_protected() {
    protected | while read -r pattern; do
        # Unquoted on purpose: * stands for any characters.
        case $1 in $pattern) echo yes; break ;; esac
    done | grep -q yes
}

is_young() {
    [ -n "$(find "$1" -maxdepth 0 -mmin "-$grace_minutes")" ]
}

take_away() {
    echo "remove $2"
    [ -n "$dry" ] || rm -rf "$1"
}

# follow: completes $work/kept, a list of hashes, by what the manifests in it name. A manifest that is missing makes it fail.
follow() {
    cp "$work/kept" "$work/open"
    while [ -s "$work/open" ]; do
        : > "$work/next"
        while read -r hash; do
            data=$blobs/$(printf %.2s "$hash")/$hash/data
            [ -s "$data" ] || return 1
            { grep -ao 'sha256:[0-9a-f]\{64\}' "$data" || :; } | cut -d : -f 2 | sort -u | while read -r child; do
                # Layers and configurations are named in the same way, but have no revision.
                [ ! -d "$manifests/revisions/sha256/$child" ] || grep -qx "$child" "$work/kept" || echo "$child"
            done >> "$work/next"
        done < "$work/open"
        sort -u "$work/next" > "$work/open"
        cat "$work/open" >> "$work/kept"
    done
}

# A full disk or a crash leaves the link of a tag empty or unwritten (distribution#4489): nobody knows then what it led to.
is_readable() {
    grep -aqx 'sha256:[0-9a-f]\{64\}' "$1" 2> /dev/null
}

all_readable() {
    readable=yes
    for tag in "$manifests"/tags/*; do
        if [ ! -d "$tag" ] || is_readable "$tag/current/link"; then continue; fi
        readable=
        echo "$repository:${tag##*/} cannot be read: no digest in $tag/current/link; no manifest is removed here. Push the tag again, or remove its directory" >&2
    done
    [ -n "$readable" ]
}

clean() {
    manifests=$1
    repository=${manifests#"$repositories"/}
    repository=${repository%/_manifests}
    : > "$work/kept"
    : > "$work/signatures"
    count=0
    [ -d "$manifests/tags" ] || return 0
    find "$manifests/tags" -mindepth 3 -maxdepth 3 -path '*/current/link' -printf '%T@ %p\n' | sort -rn | cut -d ' ' -f 2- > "$work/tags"
    while read -r link; do
        tag=${link%/current/link}
        name=${tag##*/}
        is_readable "$link" || continue
        case $name in
            sha256-*) echo "$tag" >> "$work/signatures"; continue ;;
        esac
        count=$((count + 1))
        if [ "$count" -le "$keep" ] || is_young "$link" || is_protected "$repository:$name"; then
            cut -d : -f 2 "$link" >> "$work/kept"
            echo >> "$work/kept"
        else
            take_away "$tag" "$repository:$name"
            removed_tags=$((removed_tags + 1))
        fi
    done < "$work/tags"
    sed -i '/^$/d' "$work/kept"
    all_readable || return 0
    if ! follow; then
        echo "$repository: a tag leads to a manifest that is missing; nothing but tags is removed here" >&2
        return 0
    fi
    while read -r tag; do
        name=${tag##*/}
        of=$(printf %s "${name#sha256-}" | cut -c 1-64)
        if grep -qx "$of" "$work/kept" || is_young "$tag/current/link"; then
            { cut -d : -f 2 "$tag/current/link"; echo; } >> "$work/kept"
        else
            take_away "$tag" "$repository:$name"
            removed_tags=$((removed_tags + 1))
        fi
    done < "$work/signatures"
    sed -i '/^$/d' "$work/kept"
    follow || return 0
    for revision in "$manifests"/revisions/sha256/*; do
        [ -d "$revision" ] || continue
        if grep -qx "${revision##*/}" "$work/kept" || is_young "$revision/link"; then continue; fi
        take_away "$revision" "$repository@sha256:${revision##*/}"
        removed_manifests=$((removed_manifests + 1))
    done
}

# Not while files are pushed to this host, or space is freed.
exec 9>> "$lock"
flock -w 300 9 || { echo "another push or collection is under way on this host" >&2; exit 1; }
# A repair is under way. The timer's service counts as failed, so that a hold nobody needs any more is noticed.
if [ -e "$hold" ] && [ -z "$dry" ]; then
    echo "held by $hold: nothing was removed. When the repair is over: rm $hold" >&2
    exit 75
fi
if [ -d "$repositories" ]; then
    find "$repositories" -type d -name _manifests -prune > "$work/repositories"
    while read -r manifests; do clean "$manifests"; done < "$work/repositories"
fi
echo "removed $removed_tags tags and $removed_manifests manifests${dry:+ (dry run: nothing was)}"
