# Runs on the registry VM. Variables stand before it: action, root, compose, nginx, service, config, check.
#
# .pending names the files that were put in place and are not proven yet; .previous has what was there before them. A run that is cut
# off leaves both, and the next one takes these files for changed: what reads them may not have read them.
# Ends with 66 where there is nothing to put back.
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

is_pending() {
    [ -f .pending ] && grep -qxF -- "$1" .pending
}

find_changed() {
    : > .changed
    while read -r target _; do
        if is_pending "$target"; then
            echo "$target: an earlier run did not come to its end"
        elif cmp -s ".incoming/$target" "$target"; then
            continue
        fi
        printf '%s\n' "$target" >> .changed
    done < .incoming/.plan
}

# What stood there before an unproven run stays what there is to go back to.
keep_previous() {
    [ -f .pending ] || rm -rf .previous
    mkdir -p .previous
    while read -r target; do
        if is_pending "$target"; then continue; fi
        rm -f ".previous/$target"
        [ ! -f "$target" ] || cp -p "$target" ".previous/$target"
    done < .changed
    { cat .changed; [ ! -f .pending ] || cat .pending; } | sort -u > .pending.new
    mv .pending.new .pending
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
        find_changed
        if [ ! -s .changed ]; then
            echo "every file is as it should be"
            exit 0
        fi
        check_incoming
        keep_previous
        while read -r target; do
            mode=644
            [ ! -x ".incoming/$target" ] || mode=755
            install -m "$mode" ".incoming/$target" ".$target.new"
            mv ".$target.new" "$target"
            echo "new: $target"
        done < .changed
        restart .changed
        ;;
    back)
        if [ ! -s .pending ]; then
            echo "there is nothing to put back"
            exit 66
        fi
        while read -r target; do
            if [ -f ".previous/$target" ]; then cp -p ".previous/$target" "$target"; else rm -f "$target"; fi
            echo "back: $target"
        done < .pending
        # On a machine that had no compose file nothing ran before.
        [ ! -f "$compose" ] || restart .pending
        rm -f .pending
        ;;
    settle)
        rm -f .pending
        ;;
    check)
        [ -z "$check" ] || sh -c "$check" < /dev/null
        ;;
esac
