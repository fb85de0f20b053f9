# Runs on the NFS host.
set -eu
trap 'rm -f /etc/exports.new /etc/exports.said' EXIT

if cmp -s /etc/exports.new /etc/exports; then
    echo "the exports are as they should be"
    exit 0
fi

# `exportfs` cannot try a file: it reads /etc/exports and writes its table. So it gets both for itself alone.
# It complains about a directory that is not there and about unknown options, but need not end with an error for it.
if ! unshare --mount sh -c 'mount --bind /etc/exports.new /etc/exports && mount -t tmpfs tmpfs /var/lib/nfs && exportfs -ra' \
    < /dev/null > /etc/exports.said 2>&1 || [ -s /etc/exports.said ]; then
    cat /etc/exports.said >&2
    exit 1
fi

cp -p /etc/exports /etc/exports.previous
chmod 644 /etc/exports.new
mv /etc/exports.new /etc/exports
if ! exportfs -ra < /dev/null > /etc/exports.said 2>&1 || [ -s /etc/exports.said ]; then
    cat /etc/exports.said >&2
    cp -p /etc/exports.previous /etc/exports
    exportfs -ra < /dev/null
    exit 1
fi
exportfs -s < /dev/null
