# Vault as the step's own ServiceAccount.
# Environment: VAULT_ADDR, VAULT_ROLE, VAULT_AUTH_MOUNT, and SERVICEACCOUNT_DIR where the pod's token is elsewhere.

# vault_call METHOD PATH: sends standard input; sets `status` (000 without an answer), the answer is in $work/answer.
vault_call() {
    cat > "$work/request"
    for pause in 1 2 4 0; do
        status=$(curl --silent --config "$work/vault" --max-time 30 --output "$work/answer" --write-out '%{http_code}' \
            --request "$1" --data-binary "@$work/request" "$VAULT_ADDR/v1/$2" 2> "$work/curl") || true
        case $status in
            000 | 429 | 5??) sleep "$pause" ;;
            *) break ;;
        esac
    done
    rm -f "$work/request"
}

vault_says() {
    if [ "$status" = 000 ]; then
        say "no answer from $VAULT_ADDR"
    else
        say "$status: $( (jq -r '.errors | join("; ")' "$work/answer" 2> /dev/null || head -c 300 "$work/answer") | tr -s '\n\t ' ' ')"
    fi
}

# not_vault WHAT: a 200 of something else, of a login proxy say; what it says is not shown, for it may hold somebody's session.
not_vault() {
    fail "$VAULT_ADDR answers 200 $1 with something that is not Vault's JSON." "see that cicd:vault.inClusterAddress is Vault itself, with nothing before it that answers."
}

vault_login() {
    account=${SERVICEACCOUNT_DIR:-/var/run/secrets/kubernetes.io/serviceaccount}
    [ -r "$account/token" ] || fail "there is no ServiceAccount token in $account." \
        "see that the step's ServiceAccount exists in the pipeline namespace, and that the agent allows steps to choose it."
    : > "$work/vault"
    jq -n --arg role "$VAULT_ROLE" --rawfile jwt "$account/token" '{role: $role, jwt: ($jwt | rtrimstr("\n"))}' > "$work/login"
    vault_call POST "auth/$VAULT_AUTH_MOUNT/login" < "$work/login"
    rm -f "$work/login"
    [ "$status" = 200 ] || fail "Vault refuses the login as $VAULT_ROLE. $(vault_says)" \
        "see that the role exists at auth/$VAULT_AUTH_MOUNT and is bound to this step's ServiceAccount and namespace."
    jq -j '.auth.client_token // error("none")' "$work/answer" > "$work/vault-token" 2> /dev/null || true
    [ -s "$work/vault-token" ] || not_vault "to the login as $VAULT_ROLE"
    jq -r '"header = \"X-Vault-Token: \(.auth.client_token)\""' "$work/answer" > "$work/vault"
    rm -f "$work/answer"
}

# vault_read PATH: the answer is in $work/answer.
vault_read() {
    vault_call GET "$1" < /dev/null
    [ "$status" = 200 ] || fail "Vault does not give $1. $(vault_says)" "see that it is there and that role $VAULT_ROLE may read it."
    [ "$(jq '.data | type == "object"' "$work/answer" 2> /dev/null)" = true ] || not_vault "for $1"
}

vault_leave() {
    [ -s "$work/vault-token" ] || return 0
    vault_call POST auth/token/revoke-self < /dev/null
    [ "$status" = 204 ] || say "warning: the Vault token was not revoked and ends by itself. $(vault_says)" >&2
    rm -f "$work/vault-token"
}

