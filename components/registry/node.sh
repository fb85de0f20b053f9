# Hooks of a push of hosts files to a node. Before it stand, written by nodeFiles.ts: hosts_directory, containerd_config.
#
# containerd reads the files at every pull, so nothing is restarted; but only from the directories that its configuration names, which
# it read when it was started.

# Prints what containerd was configured with, as its version calls it: 1.x writes strings in double quotes, 2.x in single ones.
configured_directories() {
    containerd --config "$containerd_config" config dump | awk '
        /^ *\[/ { section = $0 }
        section ~ /(io\.containerd\.grpc\.v1\.cri|io\.containerd\.cri\.v1\.images)[^.]*\.registry\] *$/ && /^ *config_path *=/ {
            sub(/^[^=]*= */, "")
            gsub(/["\047]/, "")
            gsub(/:/, "\n")
            print
        }'
}

validate() {
    need containerd containerd
    version=$(containerd --version | awk '{ print $3 }')
    directories=$(configured_directories)
    if ! printf '%s\n' "$directories" | grep -qxF "$hosts_directory"; then
        printf 'error: containerd %s on this node looks for hosts files in "%s", not in %s.\n' "$version" "$directories" "$hosts_directory" >&2
        printf '  Set config_path in the registry section of %s to %s and restart containerd once,\n' "$containerd_config" "$hosts_directory" >&2
        printf '  or name its directory in cicd:nodes.directory.\n' >&2
        exit 1
    fi
}

# Directories of registries that have no mirror any more.
apply() {
    while read -r _ path; do
        if [ ! -e "$path" ]; then rmdir "$(dirname "$path")" 2> /dev/null || :; fi
    done < "$changed"
}

verify() { :; }

retire() { :; }
