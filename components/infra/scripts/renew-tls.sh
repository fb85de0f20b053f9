# Renews the certificate, keeps it in the repository, and hands it to every namespace.
#
# Environment:
#   RENEW_SCRIPT               the repository's own program
#   CERTIFICATE, PRIVATE_KEY   the files it writes
#   TLS_SECRET                 name of the Secret in each namespace
#   SKIPPED_NAMESPACES         regular expression
#   and what git.sh reads
need git kubectl openssl jq

git_to_head
git_unlock
[ -x "$RENEW_SCRIPT" ] || fail "$RENEW_SCRIPT is not an executable file of the repository." "set cicd:infra.pipelines.renew-tls.script."
"./$RENEW_SCRIPT" < /dev/null

# A week is what is left to mend a renewal that only looked well.
openssl x509 -noout -checkend 604800 -in "$CERTIFICATE" || fail "$CERTIFICATE ends within a week although $RENEW_SCRIPT said nothing." "see its output above."
[ "$(openssl x509 -noout -pubkey -in "$CERTIFICATE")" = "$(openssl pkey -pubout -in "$PRIVATE_KEY")" ] ||
    fail "$PRIVATE_KEY is not the key of $CERTIFICATE." "see the output of $RENEW_SCRIPT above."

# What cannot be brought to the branch, or comes second there, is a good certificate nevertheless: it is handed out, and then said.
cp "$CERTIFICATE" "$work/certificate"
cp "$PRIVATE_KEY" "$work/private-key"
git_push_back "Renew the TLS certificate" "$CERTIFICATE" "$PRIVATE_KEY"

kubectl create secret tls "$TLS_SECRET" --cert "$work/certificate" --key "$work/private-key" --dry-run=client --output json > "$work/secret"
failed=""
if ! kubectl get namespaces --output json > "$work/namespaces"; then
    failed=" every namespace, for the cluster does not list them"
    say '{"items": []}' > "$work/namespaces"
fi
jq -r --arg skipped "$SKIPPED_NAMESPACES" \
    '.items[] | select(.status.phase == "Active") | .metadata.name | select(test($skipped) | not)' "$work/namespaces" > "$work/names"
count=0
while read -r namespace <&3; do
    if kubectl --namespace "$namespace" apply --server-side --force-conflicts --field-manager renew-tls --filename "$work/secret" > "$work/said" 2>&1; then
        count=$((count + 1))
    else
        sed "s|^|$namespace: |" "$work/said" >&2
        failed="$failed $namespace"
    fi
done 3< "$work/names"
say "$TLS_SECRET is new in $count namespaces"
git_settle
[ -z "$lost" ] || fail "$lost${failed:+ $TLS_SECRET is still the old one in:$failed.}" \
    "see the lines above. Then run this pipeline again, which starts from the certificate that $BRANCH has: this one is not there."
[ -z "$failed" ] || fail "$TLS_SECRET is still the old one in:$failed." "see the lines above, then run this pipeline again: it starts from the certificate that $BRANCH has now."
