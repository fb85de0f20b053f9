# registry-collect: frees the space of what registry-clean removed. Meanwhile the registry refuses pushes, for a collection takes the
# blobs of an image that is being pushed; pulls go on. At the end it is restarted: what it remembers of blobs may be wrong then.
# registry-collect --end: only makes it take pushes again, where a collection was cut off, by a loss of power too.
#
# Before it stand: root, storage, lock, hold.
set -eu

compose() {
    docker compose --file "$root/docker-compose.yml" "$@" < /dev/null
}

writable() {
    compose up --detach --no-deps --force-recreate private
}

if [ "${1-}" = --end ]; then
    [ -e "$root/.push/read-only" ] || exit 0
    # Not one that is under way: it takes the blobs of what is pushed meanwhile. Shorter than systemd waits for what ends a service.
    exec 9>> "$lock"
    flock -w "${LOCK_SECONDS:-60}" 9 || { echo "another push, clean-up or collection is under way on this host" >&2; exit 1; }
    [ ! -e "$root/.push/read-only" ] || { writable && rm -f "$root/.push/read-only"; }
    exit
fi

exec 9>> "$lock"
flock -w 300 9 || { echo "another push or clean-up is under way on this host" >&2; exit 1; }
# A repair is under way: where a manifest is missing, what it led to looks like waste. As in registry-clean, the service counts as failed.
if [ -e "$hold" ]; then
    echo "held by $hold: no space was freed. When the repair is over: rm $hold" >&2
    exit 75
fi
if [ ! -d "$storage/docker/registry/v2/repositories" ]; then
    echo "nothing was ever pushed to this registry"
    exit
fi
: > "$root/.push/read-only"
# On the disk before the container, which survives a loss of power.
sync "$root/.push/read-only"
trap 'writable && rm -f "$root/.push/read-only"' EXIT
compose --file "$root/bin/read-only.yml" up --detach --no-deps private
# Never with -m: 2.8 takes the children of an index, which have no tag, for waste.
compose exec -T private registry garbage-collect /etc/docker/registry/config.yml
