# Brings the managed files to the registry VM, has them checked there before they are put in place, restarts what they change,
# and goes back to the old ones when what they change does not restart or the registry does not answer afterwards.
#
# Environment:
#   SOURCE_DIRECTORY, ROOT   where the files are in the repository and on the VM
#   FILES                    lines of: file in the repository, name on the VM, service that reads it (or -)
#   COMPOSE_FILE, NGINX_FILE, NGINX_SERVICE, NGINX_CONFIG   names on the VM; where the container reads its configuration
#   CHECK_COMMAND            run on the VM at the end (or empty)
#   REGISTRY_URL, REGISTRY_USER, REGISTRY_PASSWORD          what must answer afterwards
#   PAUSES   seconds between looks at the registry, 0 for the last one (default: 2 5 10 0)
#   and what ssh.sh reads
need curl jq tar

mkdir "$work/files"
while read -r source target service; do
    [ -n "$source" ] || continue
    [ -f "$SOURCE_DIRECTORY/$source" ] || fail "$SOURCE_DIRECTORY/$source is not in the repository." "see cicd:infra.pipelines.registry-config-sync.files."
    cp -p "$SOURCE_DIRECTORY/$source" "$work/files/$target"
    say "$target $service" >> "$work/files/.plan"
done << FILES
$FILES
FILES
tar -C "$work/files" -cf "$work/files.tar" .

ssh_open

# on_vm ACTION
on_vm() {
    {
        say "action=$1 root='$ROOT' compose='$COMPOSE_FILE' nginx='$NGINX_FILE' service='$NGINX_SERVICE' config='$NGINX_CONFIG' check='$CHECK_COMMAND'"
        vm_script
    } > "$work/vm-script"
    on_host sh -s < "$work/vm-script"
}

on_host "rm -rf '$ROOT/.incoming' && mkdir -p '$ROOT/.incoming' && tar -C '$ROOT/.incoming' -xf -" < "$work/files.tar"

# fail_back PROBLEM NEXT-STEP UNCHANGED: goes back and ends the step; UNCHANGED is the problem where there is nothing to go back from.
fail_back() {
    way=0
    on_vm back || way=$?
    case $way in
        0) fail "$1; the old ones are back." "$2" ;;
        66) fail "$3." "$2" ;;
        *) fail "$1; the way back failed too: $SSH_HOST may run with either." \
            "see the lines above and docker compose ps in $ROOT there; the next run of this pipeline tries these files again, changed or not." ;;
    esac
}

on_vm install || fail_back "the new files could not be put to use on $SSH_HOST" "see the lines above and mend the file they name." \
    "the files are not in place on $SSH_HOST; what ran there goes on running"

jq -rn '"user = \("\($ENV.REGISTRY_USER):\($ENV.REGISTRY_PASSWORD)" | tojson)"' > "$work/curl"
for pause in ${PAUSES:-2 5 10 0}; do
    status=$(curl --silent --config "$work/curl" --max-time 20 --output "$work/catalog" --write-out '%{http_code}' "$REGISTRY_URL/v2/_catalog?n=1") || true
    [ "$status" = 200 ] && break
    sleep "$pause"
done
if [ "$status" != 200 ] || ! jq -e '.repositories | type == "array"' "$work/catalog" > /dev/null; then
    fail_back "$REGISTRY_URL answers $status since the new files are in place" "see the logs of the registry on $SSH_HOST and mend the files." \
        "$REGISTRY_URL answers $status, and no file was changed on $SSH_HOST by this run"
fi
on_vm settle || fail "cannot note on $SSH_HOST that its files are proven." "run this pipeline again: it tries these files once more."
on_vm check || fail "the check on $SSH_HOST failed: $CHECK_COMMAND" "see its lines above; the new files are in place."
say "the registry answers with the files of this commit"
