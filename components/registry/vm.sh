# Hooks of the registry VM for push.sh. Before them stand:
#   project          of docker compose
#   services         names of its services
#   compose_images   images of the compose file, by line
#   registry_image, nginx_image
#   registry_configs names below $root of the directories with a registry's configuration
#   listening        lines of: what it is (private, cache or ui), port
#   front            address on which they are asked; name: that of the certificate
#   timers           systemd or none
#   units            file names of the units, also where there are none
system=/etc/systemd/system

compose() {
    docker compose --file "$root/docker-compose.yml" "$@" < /dev/null
}

of_project() {
    docker ps --all --quiet --no-trunc --filter "label=com.docker.compose.project=$project" "$@"
}

validate() {
    need docker docker.io
    need curl curl
    docker info > /dev/null 2>&1 || fail "the container engine of this host does not answer: $(docker info 2>&1 | tail -n 1)" "start it: systemctl start docker"
    docker compose version > /dev/null 2>&1 || fail "there is no docker compose on this host." "install it: apt-get install docker-compose-plugin (or docker-compose-v2)"
    if [ "$timers" = systemd ]; then
        [ -d /run/systemd/system ] || fail "there is no systemd on this host." "set cicd:registry.retention.timers to none and start registry-clean and registry-collect otherwise."
    fi
    docker compose --file "$staged$root/docker-compose.yml" config --quiet < /dev/null || fail "docker compose refuses its file."
    # Before anything is touched, so that what runs goes on while they come.
    for image in $compose_images; do
        docker image inspect "$image" > /dev/null 2>&1 || docker pull --quiet "$image" || fail "the image $image cannot be had." "see that this host reaches its registry, and that the digest is there."
    done
    for config in $registry_configs; do
        is_changed "restart:$(service_of "$config")" || continue
        check_registry_config "$staged$root/$config"
    done
    if is_changed reload:nginx; then check_nginx; fi
    check_ports
}

service_of() {
    case $1 in
        private) echo private ;;
        *) printf 'cache-%s\n' "$(basename "$1" | tr . -)" ;;
    esac
}

# A collection that removes nothing, of a storage that is empty, reads the whole file; nothing else of the program does only that.
check_registry_config() {
    rm -rf "$state/empty"
    mkdir -p "$state/empty/docker/registry/v2/repositories" "$state/empty/docker/registry/v2/blobs"
    docker run --rm --network none --volume "$1:/etc/docker/registry:ro" --volume "$state/empty:/var/lib/registry" \
        --entrypoint registry "$registry_image" garbage-collect --dry-run /etc/docker/registry/config.yml > "$state/check" 2>&1 < /dev/null \
        || { cat "$state/check" >&2; fail "the registry refuses its configuration, $1/config.yml."; }
    rm -rf "$state/empty" "$state/check"
}

check_nginx() {
    docker run --rm --network host --tmpfs /run --tmpfs /tmp --volume "$staged$root/nginx:/etc/front:ro" \
        --entrypoint nginx "$nginx_image" -e stderr -t -q -c /etc/front/nginx.conf < /dev/null || fail "nginx refuses its configuration."
}

# A port that is in no file of ours yet must be free.
check_ports() {
    for port in $(printf '%s\n' "$listening" | cut -d ' ' -f 2) $inner_ports; do
        if [ -f "$root/nginx/nginx.conf" ] && grep -q ":$port[ ;]" "$root/nginx/nginx.conf"; then continue; fi
        hex=$(printf '%04X' "$port")
        if cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | awk -v port="$hex" '$4 == "0A" && substr($2, length($2) - 3) == port { found = 1 } END { exit !found }'; then
            fail "port $port is taken on this host by another program." "end that program (ss -ltnp 'sport = :$port' names it), or set another port in cicd:registry."
        fi
    done
}

container() {
    of_project --filter "label=com.docker.compose.service=$1"
}

# A container in the place of one of ours that compose did not make would be in its way.
remove_foreign() {
    { container "$1"; docker ps --all --quiet --no-trunc --filter "name=^/$project-$1-1\$"; } | sort -u | while read -r id; do
        [ -z "$(docker inspect --format '{{index .Config.Labels "com.docker.compose.config-hash"}}' "$id")" ] || continue
        docker rm --force "$id" > /dev/null
        say "removed: a container in the place of $1 that docker compose did not make"
    done
}

apply() {
    if [ ! -f "$root/docker-compose.yml" ]; then
        # The first push failed, and there was nothing before.
        for id in $(of_project); do docker rm --force "$id" > /dev/null; done
        set_units
        return 0
    fi
    for action in $(changed_actions); do
        case $action in
            restart:* | reload:*) container "${action#*:}" > "$state/before.${action#*:}" ;;
        esac
    done
    for service in $services; do remove_foreign "$service"; done
    compose up --detach --remove-orphans --quiet-pull
    # That made anew a registry which a collection that was cut off had left refusing pushes; none is under way, as this push has the lock.
    rm -f "$state/read-only"
    for action in $(changed_actions); do
        service=${action#*:}
        case $action in
            restart:* | reload:*)
                # One that was made anew just now has read its files.
                [ -n "$(container "$service")" ] && [ "$(container "$service")" = "$(cat "$state/before.$service")" ] || continue
                ;;
        esac
        case $action in
            restart:*) compose restart "$service" ;;
            reload:nginx) compose kill --signal HUP nginx ;;
        esac
    done
    rm -f "$state"/before.*
    set_units
}

# What is in place decides, not $timers: that is another one after a push whose files were put back.
set_units() {
    [ -d /run/systemd/system ] || return 0
    linked=
    for unit in $units; do
        if [ -f "$root/units/$unit" ]; then
            unlink_other "$unit"
            systemctl link --quiet "$root/units/$unit"
            linked=yes
        else
            end_unit "$unit"
        fi
    done
    [ -n "$linked" ] || return 0
    systemctl daemon-reload
    for unit in $units; do
        [ -f "$root/units/$unit" ] || continue
        case $unit in
            *.timer) systemctl enable --quiet --now "$unit" ;;
            # At the next start of the VM.
            registry-collect-end.service) systemctl enable --quiet "$unit" ;;
        esac
    done
}

# unlink_other NAME: of a root that the registry was in before; systemctl link refuses where there is another link.
unlink_other() {
    [ -L "$system/$1" ] && [ "$(readlink "$system/$1")" != "$root/units/$1" ] || return 0
    say "linked anew: $1, which led to $(readlink "$system/$1")"
    rm -f "$system/$1" "$system"/*.wants/"$1"
}

# end_unit NAME: also where its file is gone, so that systemd knows it from memory only; never a unit of that name of somebody else's.
end_unit() {
    [ "$(readlink -m "$system/$1")" = "$(readlink -m "$root/units/$1")" ] || return 0
    systemctl stop "$1" 2> /dev/null || :
    systemctl disable --quiet "$1" 2> /dev/null || :
    rm -f "$system/$1" "$system"/*.wants/"$1"
    systemctl daemon-reload || :
    say "ended: $1"
}

# status URL [OPTION…]: of the answer; only an answer of a registry or of the page counts.
status() {
    url=$1
    shift
    curl --silent --show-error --noproxy '*' --max-time 10 --output /dev/null --dump-header "$state/headers" --write-out '%{http_code}' "$@" "$url" 2> "$state/complaint" || :
}

is_registry() {
    tr -d '\r' < "$state/headers" | grep -qi '^docker-distribution-api-version: registry/2.0$'
}

# Each sets $reason when it fails.
check_private() {
    set -- "https://$name:$1/v2/" --resolve "$name:$1:$front" --cacert "$root/nginx/tls/certificate.pem"
    reason="$1 without a login answers $(status "$@") instead of 401: $(cat "$state/complaint")"
    case $reason in *" answers 401 "*) is_registry || return 1 ;; *) return 1 ;; esac
    secret login > "$state/login"
    code=$(status "$@" --config "$state/login")
    rm -f "$state/login"
    reason="$1 with the login of cicd:registry.users.0 answers $code instead of 200: $(cat "$state/complaint")"
    [ "$code" = 200 ] && is_registry
}

check_cache() {
    code=$(status "http://$front:$1/v2/")
    reason="http://$front:$1/v2/ answers $code instead of 200 of a registry: $(cat "$state/complaint")"
    [ "$code" = 200 ] && is_registry
}

check_ui() {
    code=$(status "http://$front:$1/")
    reason="http://$front:$1/ answers $code instead of 200: $(cat "$state/complaint")"
    [ "$code" = 200 ]
}

verify() {
    printf '%s\n' "$listening" > "$state/listening"
    end=$(($(date +%s) + ${VERIFY_SECONDS:-30}))
    while read -r what port; do
        until "check_$what" "$port"; do
            if [ "$(date +%s)" -ge "$end" ]; then
                compose logs --tail 5 nginx >&2 || :
                compose ps --all --format '{{.Service}}: {{.Status}}' >&2 || :
                fail "$reason"
            fi
            sleep 0.3
        done
    done < "$state/listening"
    rm -f "$state/listening" "$state/headers" "$state/complaint"
}

retire() {
    if [ -d /run/systemd/system ]; then
        for unit in $units; do end_unit "$unit"; done
    fi
    [ ! -f "$root/docker-compose.yml" ] || compose down
    say "the images stay in $root; remove them by hand."
}
