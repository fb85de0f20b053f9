# Adds one owner of a namespace to the list in Vault, and the group that lets this user decrypt.
#
# Environment:
#   USERNAME, EMAIL            of the user
#   USERS_PATH, USERS_KEY      the list in Vault: a map by user name, kept as JSON text
#   AUTHENTIK_URL, AUTHENTIK_TOKEN_PATH, AUTHENTIK_TOKEN_KEY, GROUP_PREFIX   where the group goes
#   and what vault.sh reads
need curl jq

bad_name() { fail "USERNAME is not a name for a namespace." "use a-z, 0-9 and -, 2 to 32 characters."; }
bad_address() { fail "EMAIL is not an e-mail address." "pass the address of $USERNAME."; }
LC_ALL=C
export LC_ALL
# grep looks at lines one by one, so a line break must be refused first.
case $USERNAME in *[!a-z0-9-]*) bad_name ;; esac
printf '%s' "$USERNAME" | grep -Eqx '[a-z][a-z0-9-]{0,30}[a-z0-9]' || bad_name
case $EMAIL in *[!A-Za-z0-9@._%+-]*) bad_address ;; esac
printf '%s' "$EMAIL" | grep -Eqx '[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+' || bad_address

vault_login
vault_read "$AUTHENTIK_TOKEN_PATH"
jq -er --arg key "$AUTHENTIK_TOKEN_KEY" '"header = \("Authorization: Bearer \(.data.data[$key] // error("none"))" | tojson)"' "$work/answer" > "$work/authentik" 2> /dev/null ||
    fail "nothing under $AUTHENTIK_TOKEN_KEY in $AUTHENTIK_TOKEN_PATH." "put the token of Authentik there."

vault_read "$USERS_PATH"
mv "$work/answer" "$work/users"
# The version that was read goes along: a change by somebody else meanwhile is refused and not overwritten.
jq --arg key "$USERS_KEY" --arg name "$USERNAME" --arg email "$EMAIL" '
    .data as {$data, $metadata}
    | (($data[$key] // "{}") | if type == "string" then fromjson else . end) as $users
    | if $users[$name] != null and $users[$name].email != $email then error("taken") else . end
    | {options: {cas: $metadata.version},
       data: ($data | .[$key] = ($users | .[$name] = {role: "namespace-owner", email: $email, namespaces: [$name]} * (.[$name] // {}) | tojson))}
' "$work/users" > "$work/changed" 2> /dev/null || fail "$USERNAME is in $USERS_PATH already with another address, or $USERS_KEY is not a map." "see the secret in Vault."
if jq -e --arg key "$USERS_KEY" --slurpfile changed "$work/changed" \
    '(.data.data[$key] // "{}" | if type == "string" then fromjson else . end) == ($changed[0].data[$key] | fromjson)' "$work/users" > /dev/null; then
    say "$USERNAME is in the list already"
else
    vault_call POST "$USERS_PATH" < "$work/changed"
    [ "$status" = 200 ] || fail "Vault does not take the list. $(vault_says)" "run this pipeline again; the list may have changed meanwhile."
    say "$USERNAME is in the list"
fi

# authentik METHOD PATH: sends standard input; sets `status`, the answer is in $work/reply.
authentik() {
    status=$(curl --silent --config "$work/authentik" --max-time 30 --output "$work/reply" --write-out '%{http_code}' --request "$1" \
        --header 'Content-Type: application/json' --data-binary @- "$AUTHENTIK_URL/api/v3$2" 2> /dev/null) || true
}

group=$GROUP_PREFIX$USERNAME
authentik GET "/core/groups/?name=$group" < /dev/null
[ "$status" = 200 ] || fail "Authentik answers $status." "see that it is up and that its token in Vault is the current one; $USERNAME is in the list of Vault."
[ "$(jq '.results | type == "array"' "$work/reply" 2> /dev/null)" = true ] || fail "$AUTHENTIK_URL answers 200 with something that is not Authentik's JSON." \
    "see that cicd:infra.pipelines.provision-user.authentik.url is the root of Authentik; $USERNAME is in the list of Vault."
if jq -e --arg name "$group" 'any(.results[]; .name == $name)' "$work/reply" > /dev/null; then
    say "the group $group exists already"
else
    jq -n --arg name "$group" '{name: $name}' > "$work/group"
    authentik POST /core/groups/ < "$work/group"
    [ "$status" = 201 ] || fail "Authentik does not make the group $group: $status." "see its log; run this pipeline again."
    say "the group $group is made"
fi
