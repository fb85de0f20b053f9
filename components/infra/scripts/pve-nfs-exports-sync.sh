# Puts the NFS exports in place on their host, once they were tried there without effect.
#
# Environment: EXPORTS_FILE in the repository, and what ssh.sh reads.
need awk
[ -f "$EXPORTS_FILE" ] || fail "$EXPORTS_FILE is not in the repository." "see cicd:infra.pipelines.pve-nfs-exports-sync.file."

# A directory and whom it is for, on each line; an empty list would cut off every client.
awk '
    { sub(/#.*/, "") }
    NF == 0 { next }
    $1 !~ "^\"?/" || NF < 2 { print FILENAME ":" FNR ": is not a path and its clients: " $0; bad = 1 }
    { lines++ }
    END { if (!lines) { print FILENAME ": exports nothing"; bad = 1 }; exit bad }
' "$EXPORTS_FILE" >&2 || fail "$EXPORTS_FILE is not a list of exports." "mend the lines above."

ssh_open
on_host "cat > /etc/exports.new" < "$EXPORTS_FILE"
host_script > "$work/host-script"
on_host sh -s < "$work/host-script" || fail "the exports of $SSH_HOST are as they were." "see the lines above and mend $EXPORTS_FILE."
