# Runs on the registry VM. Variables stand before it: action, root, compose, nginx, service, config, check.
set -eu
umask 022
cd "$root"

restart() {
    changed=$1
    if grep -qx "$compose" "$changed"; then docker compose --file "$compose" up --detach --remove-orphans < /dev/null; fi
    while read -r target reader; do
        # A file that is mounted alone is seen anew only by a container that starts anew.
        if [ "$reader" != - ] && grep -qx "$target" "$changed"; then docker compose --file "$compose" restart "$reader" < /dev/null; fi
    done < .incoming/.plan
}

# Nothing is touched until each file that can be checked was checked, with the images and the network it will run in.
check_incoming() {
    if [ -f ".incoming/$compose" ]; then docker compose --project-directory "$root" --file ".incoming/$compose" config --quiet < /dev/null; fi
    if [ -f ".incoming/$nginx" ] && grep -qx "$nginx" .changed; then
        docker compose --file "$compose" run --rm --no-deps --no-TTY --volume "$root/.incoming/$nginx:$config:ro" "$service" nginx -t < /dev/null
    fi
}

case $action in
    install)
        : > .changed
        while read -r target _; do
            cmp -s ".incoming/$target" "$target" || printf '%s\n' "$target" >> .changed
        done < .incoming/.plan
        if [ ! -s .changed ]; then
            echo "every file is as it should be"
            exit 0
        fi
        check_incoming
        rm -rf .previous
        mkdir .previous
        while read -r target; do
            [ ! -f "$target" ] || cp -p "$target" ".previous/$target"
            mode=644
            [ ! -x ".incoming/$target" ] || mode=755
            install -m "$mode" ".incoming/$target" ".$target.new"
            mv ".$target.new" "$target"
            echo "new: $target"
        done < .changed
        restart .changed
        ;;
    back)
        while read -r target; do
            if [ -f ".previous/$target" ]; then cp -p ".previous/$target" "$target"; else rm -f "$target"; fi
            echo "back: $target"
        done < .changed
        restart .changed
        ;;
    check)
        [ -z "$check" ] || sh -c "$check" < /dev/null
        ;;
esac
