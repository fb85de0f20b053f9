# Puts one image tag into the containers of one application and waits until it runs.
# Needs kubectl, curl and jq; every credential it gets ends by itself within minutes.
#
# Environment:
#   APP, IMAGE_TAG           the application, and the first 8 characters of a commit SHA
#   DEPLOYMENTS              lines of: namespace deployment container image
#   VAULT_ADDR, VAULT_ROLE, VAULT_AUTH_MOUNT       where and as what to log in
#   VAULT_SECRETS_MOUNT, DEPLOY_ROLE               what mints the Kubernetes token
#   DEPLOY_SERVICE_ACCOUNT   the ServiceAccount this step must run as
#   ROLLOUT_SECONDS          time limit of all rollouts together (default: 300)
#   PULL_SECONDS             how long an image may be impossible to pull (default: 15)
#   SERVICEACCOUNT_DIR       where the pod's own token is
#   PINNED                   of an application that the stack config pins: "refuse" or "record" (see below)
#   PIN_API, PIN_REPOSITORY, PIN_BRANCH, PIN_FILE    for "record": the stack file on the forge
#   PIN_SECRET, PIN_KEY      for "record": where in Vault the forge's token is
set -eu

account=${SERVICEACCOUNT_DIR:-/var/run/secrets/kubernetes.io/serviceaccount}
rollout=${ROLLOUT_SECONDS:-300}
patience=${PULL_SECONDS:-15}

say() { printf '%s\n' "$@"; }

# fail PROBLEM NEXT-STEP
fail() {
    say "error: $1" "next: $2" >&2
    exit 1
}

check_use() {
    for tool in kubectl curl jq; do
        command -v "$tool" > /dev/null || fail "$tool is not in the image of this step." "set cicd:images.kubectl to an image with kubectl, curl and jq."
    done
    case $IMAGE_TAG in
        [0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]) ;;
        *) fail "IMAGE_TAG \"$IMAGE_TAG\" is not 8 lower-case hex characters." "pass the tag that was pushed." ;;
    esac
    [ -n "${KUBERNETES_SERVICE_HOST:-}" ] || fail "KUBERNETES_SERVICE_HOST is not set: this step does not run in a pod." \
        "run the agent with the kubernetes backend."
    [ -r "$account/token" ] || fail "there is no ServiceAccount token in $account." \
        "see that ServiceAccount $DEPLOY_SERVICE_ACCOUNT exists in the pipeline namespace and mounts its token; 'pulumi up' declares it."
}

# Woodpecker drops the wish for a ServiceAccount without a word unless the agent allows it.
check_identity() {
    subject=$(jq -rR 'split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | @base64d | fromjson | .sub' "$account/token" 2> /dev/null) ||
        fail "the token in $account is not a JSON Web Token." "see what mounts it there."
    case $subject in
        system:serviceaccount:*:"$DEPLOY_SERVICE_ACCOUNT") ;;
        *) fail "this step runs as \"$subject\", not as ServiceAccount $DEPLOY_SERVICE_ACCOUNT." \
            "set WOODPECKER_BACKEND_K8S_SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP=true on the Woodpecker agent: without it the name in the step is ignored." ;;
    esac
}

# vault PATH: posts standard input; sets `status` (000 without an answer), the answer is in $work/answer.
vault() {
    cat > "$work/request"
    for pause in 1 2 4 0; do
        status=$(curl --silent --show-error --config "$work/headers" --max-time 30 --output "$work/answer" \
            --write-out '%{http_code}' --data-binary "@$work/request" "$VAULT_ADDR/v1/$1" 2> "$work/curl") || true
        case $status in
            000 | 429 | 5??) sleep "$pause" ;;
            *) break ;;
        esac
    done
    rm -f "$work/request"
}

vault_says() {
    if [ "$status" = 000 ]; then
        say "no answer from $VAULT_ADDR: $(cat "$work/curl")"
    else
        say "$status: $( (jq -r '.errors | join("; ")' "$work/answer" 2> /dev/null || head -c 300 "$work/answer") | tr -s '\n\t ' ' ')"
    fi
}

# not_vault WHAT: a 200 of something else, of a login proxy say; what it says is not shown, for it may hold somebody's session.
not_vault() {
    fail "$VAULT_ADDR answers 200 to $1 with something that is not Vault's JSON." "see that cicd:vault.inClusterAddress is Vault itself, with nothing before it that answers."
}

login() {
    jq -n --arg role "$VAULT_ROLE" --rawfile jwt "$account/token" '{role: $role, jwt: ($jwt | rtrimstr("\n"))}' > "$work/login"
    vault "auth/$VAULT_AUTH_MOUNT/login" < "$work/login"
    rm -f "$work/login"
    case $status in
        200) ;;
        000 | 5??) fail "Vault does not answer. $(vault_says)" "see that Vault is up, unsealed and reachable from the pipeline namespace at cicd:vault.inClusterAddress." ;;
        400) case $(vault_says) in
            *role*) fail "Vault has no role $VAULT_ROLE at auth/$VAULT_AUTH_MOUNT. $(vault_says)" "run 'pulumi up', which declares it." ;;
            *) fail "Vault refuses the login. $(vault_says)" "see cicd:vault.kubernetes." ;;
        esac ;;
        *) fail "Vault refuses ServiceAccount $subject for role $VAULT_ROLE. $(vault_says)" \
            "compare the role's ServiceAccount, namespace and audience with the token's; see that Vault may review tokens (auth/$VAULT_AUTH_MOUNT/config)." ;;
    esac
    jq -r '.auth.client_token // error("none") | "header = \"X-Vault-Token: \(.)\""' "$work/answer" > "$work/headers" 2> /dev/null || true
    [ -s "$work/headers" ] || not_vault "the login"
    rm -f "$work/answer"
}

leave() {
    if [ -s "$work/headers" ]; then
        vault auth/token/revoke-self < /dev/null
        [ "$status" = 204 ] || say "warning: the Vault token was not revoked and ends by itself. $(vault_says)" >&2
    fi
    rm -rf "$work"
}

# kube NAMESPACE ARGUMENTS: kubectl with the namespace's own short-lived token.
kube() {
    config=$work/kube-$1
    shift
    kubectl --kubeconfig "$config" --cache-dir "$work/cache" --request-timeout 30s "$@"
}

# mint NAMESPACE: gets a token for the namespace and writes the configuration that `kube` uses.
mint() {
    jq -n --arg namespace "$1" '{kubernetes_namespace: $namespace, ttl: "600s"}' > "$work/mint"
    vault "$VAULT_SECRETS_MOUNT/creds/$DEPLOY_ROLE" < "$work/mint"
    [ "$status" = 200 ] || fail "Vault does not give $VAULT_SECRETS_MOUNT/creds/$DEPLOY_ROLE for namespace $1. $(vault_says)" \
        "run 'pulumi up': it declares the role $DEPLOY_ROLE, the policy of $VAULT_ROLE and the ServiceAccount cicd-deployer-$APP in $1."
    case $KUBERNETES_SERVICE_HOST in
        *:*) server="https://[$KUBERNETES_SERVICE_HOST]:${KUBERNETES_SERVICE_PORT:-443}" ;;
        *) server="https://$KUBERNETES_SERVICE_HOST:${KUBERNETES_SERVICE_PORT:-443}" ;;
    esac
    jq --arg server "$server" --arg ca "$account/ca.crt" --arg namespace "$1" '{
        apiVersion: "v1", kind: "Config", "current-context": "deploy",
        clusters: [{name: "deploy", cluster: {server: $server, "certificate-authority": $ca}}],
        users: [{name: "deploy", user: {token: (.data.service_account_token // error("none"))}}],
        contexts: [{name: "deploy", context: {cluster: "deploy", user: "deploy", namespace: $namespace}}]
    }' "$work/answer" > "$work/kube-$1" 2> /dev/null || true
    [ -s "$work/kube-$1" ] || not_vault "$VAULT_SECRETS_MOUNT/creds/$DEPLOY_ROLE"
    rm -f "$work/answer"
}

set_image() {
    say "$1/$2: container $3 gets $4:$IMAGE_TAG"
    [ -s "$work/kube-$1" ] || mint "$1"
    kube "$1" set image "deployment/$2" "$3=$4:$IMAGE_TAG" > "$work/said" 2>&1 || {
        cat "$work/said" >&2
        fail "cannot set the image of container $3 of Deployment $1/$2." \
            "see that Deployment and container exist under these names; a refusal (forbidden) is mended by 'pulumi up'."
    }
}

# "refuse": only the stack config rolls a pinned application. A deploy of what runs already is no change.
refuse_other_tag() {
    [ -s "$work/kube-$1" ] || mint "$1"
    live=$(kube "$1" get deployment "$2" --output json 2> "$work/said" |
        jq -r --arg container "$3" '[.spec.template.spec.containers[] | select(.name == $container) | .image][0]') || live=""
    [ -n "$live" ] || fail "cannot read Deployment $1/$2: $(tail -n 1 "$work/said")" "see that it exists."
    [ "$live" = "$4:$IMAGE_TAG" ] || fail "$APP is pinned by the stack config, and $1/$2 runs $live: a deploy by CI does not change it." \
        "roll it with 'cicd roll $APP $IMAGE_TAG', or leave it to CI again with 'cicd roll $APP --unpin'."
}

# github METHOD URL [curl options]: sets `status`, the answer is in $work/answer.
github() {
    method=$1 url=$2
    shift 2
    status=$(curl --silent --show-error --config "$work/github" --max-time 30 --output "$work/answer" --write-out '%{http_code}' \
        --request "$method" "$@" "$url" 2> "$work/curl") || status=000
}

github_says() {
    if [ "$status" = 000 ]; then say "no answer: $(cat "$work/curl")"; else say "$status $(jq -r '.message // ""' "$work/answer" 2> /dev/null)"; fi
}

# The text of a stack file with another pin: the `sha` of the application below `cicd:apps`, whatever stands around it.
pinned_text() {
    jq --raw-input --slurp --join-output --arg app "$APP" --arg tag "$IMAGE_TAG" '
        def value: "sha: *[\"\u0027]?[0-9a-f]{8}[\"\u0027]?";
        reduce (split("\n")[]) as $line ({lines: [], apps: null, level: null, app: null, key: null, done: false};
            ($line | match("^ *").length) as $depth
            | ($line | test("^ *(#|\r?$)")) as $empty
            | if $empty then . else
                (if .apps != null and $depth <= .apps then .apps = null | .app = null else . end)
                | (if .app != null and $depth <= .app then .app = null else . end)
                | if .apps == null then (if $line | test("^ *\"?cicd:apps\"?: *(#.*)?\r?$") then .apps = $depth | .level = null else . end)
                  else .level = (.level // $depth)
                    | if .app == null then
                        (if $depth == .level and ($line | test("^ *\($app): *(#.*)?\r?$")) then .app = $depth | .key = null else . end)
                      else .key = (.key // $depth) end
                  end
              end
            | if ($empty or .app == null or .key != $depth or .done or ($line | test("^ *" + value) | not)) then .lines += [$line]
              else .done = true | .lines += [$line | sub(value; "sha: \"\($tag)\"")] end)
        | if .done then .lines | join("\n") else error("it has no pin of \($app)") end' "$1"
}

not_recorded() {
    fail "$APP $IMAGE_TAG is deployed, but not recorded in $PIN_FILE of $PIN_REPOSITORY: $1" \
        "run 'cicd adopt-images $APP' on the stack: its next update with --refresh goes back to the recorded image otherwise."
}

# "record": the pin follows the deploy, by a commit to the stack file.
record_pin() {
    secret=$(curl --silent --show-error --config "$work/headers" --max-time 30 "$VAULT_ADDR/v1/$PIN_SECRET" 2> "$work/curl") || secret=""
    printf '%s' "$secret" | jq -r --arg key "$PIN_KEY" '.data.data[$key] // empty
        | "header = \"Authorization: Bearer \(.)\"", "header = \"Accept: application/vnd.github+json\""' > "$work/github" 2> /dev/null || true
    secret=""
    [ -s "$work/github" ] || not_recorded "Vault does not give the token at $PIN_SECRET."
    url="$PIN_API/repos/$PIN_REPOSITORY/contents/$PIN_FILE"
    for pause in 1 2 4; do
        github GET "$url?ref=$PIN_BRANCH"
        [ "$status" = 200 ] || not_recorded "$(github_says)"
        jq -j '.content | gsub("\n"; "") | @base64d' "$work/answer" > "$work/stack" 2> /dev/null ||
            not_recorded "$PIN_API answers 200 with something that is not a file in JSON."
        pinned_text "$work/stack" > "$work/stack-pinned" 2> "$work/said" || not_recorded "$(tail -n 1 "$work/said")"
        if cmp -s "$work/stack" "$work/stack-pinned"; then
            say "recorded already: $PIN_FILE of $PIN_REPOSITORY pins $APP to $IMAGE_TAG"
            return 0
        fi
        jq --arg message "chore(release): pin $APP to $IMAGE_TAG [skip ci]" --arg branch "$PIN_BRANCH" --rawfile text "$work/stack-pinned" \
            '{message: $message, branch: $branch, sha: .sha, content: ($text | @base64)}' "$work/answer" > "$work/request"
        github PUT "$url" --data-binary "@$work/request"
        case $status in
            200 | 201)
                say "recorded: $PIN_FILE of $PIN_REPOSITORY pins $APP to $IMAGE_TAG"
                return 0
                ;;
            # Somebody else has committed meanwhile.
            409) sleep "$pause" ;;
            *) break ;;
        esac
    done
    not_recorded "$(github_says)"
}

# One word and a reason: done, waiting, stuck, or other when somebody put another image there.
rollout_state() {
    jq -r --arg container "$1" --arg image "$2" '
        [.spec.template.spec.containers[] | select(.name == $container) | .image][0] as $now
        | (.spec.replicas // 1) as $wanted | (.status.updatedReplicas // 0) as $updated
        | if $now != $image then "other \($now)"
          elif (.status.observedGeneration // 0) < .metadata.generation then "waiting for the Deployment controller"
          elif $updated >= $wanted and (.status.replicas // 0) <= $updated and (.status.availableReplicas // 0) >= $wanted then "done"
          elif any(.status.conditions[]?; .type == "Progressing" and .reason == "ProgressDeadlineExceeded") then "stuck"
          elif $updated < $wanted then "waiting: \($updated) of \($wanted) pods have the new image"
          elif (.status.replicas // 0) > $updated then "waiting: old pods are ending"
          else "waiting: \(.status.availableReplicas // 0) of \($wanted) new pods are available" end' "$work/deployment"
}

# What keeps the pods with the new image from running, one line each.
waiting_reasons() {
    selector=$(jq -r '.spec.selector.matchLabels | to_entries | map("\(.key)=\(.value)") | join(",")' "$work/deployment")
    kube "$1" get pods --selector "$selector" --output json > "$work/pods" 2> /dev/null || return 0
    jq -r --arg image "$2" '.items[] | select(any(.spec.containers[]; .image == $image)) | .metadata.name as $pod
        | (((.status.initContainerStatuses // []) + (.status.containerStatuses // []))[]
            | (.state.waiting // (.state.terminated | select(. != null and .exitCode != 0)))
            | select(. != null and .reason != "ContainerCreating" and .reason != "PodInitializing")
            | "  pod \($pod): \(.reason): \(.message // "")"),
          (.status.conditions[]? | select(.type == "PodScheduled" and .status == "False") | "  pod \($pod): \(.reason): \(.message)")' \
        "$work/pods"
}

wait_for() {
    said="" failing_since="" stuck_since=""
    while true; do
        now=$(date +%s)
        if kube "$1" get deployment "$2" --output json > "$work/deployment" 2> "$work/said"; then
            state=$(rollout_state "$3" "$4:$IMAGE_TAG")
        else
            state="waiting: $(tail -n 1 "$work/said")"
        fi
        [ "$state" = "$said" ] || say "$1/$2: $state"
        said=$state
        case $state in
            done) return 0 ;;
            other*) fail "container $3 of Deployment $1/$2 has the image ${state#other }: somebody else owns it." \
                "find the other writer (kubectl -n $1 get deployment $2 --show-managed-fields -o yaml) before deploying again." ;;
            # On the way back from a rollout that failed, that one's verdict stands until the controller has got going.
            stuck) stuck_since=${stuck_since:-$now} ;;
            *) stuck_since="" ;;
        esac
        reasons=""
        [ ! -s "$work/deployment" ] || reasons=$(waiting_reasons "$1" "$4:$IMAGE_TAG")
        case $reasons in
            *ErrImagePull* | *ImagePullBackOff* | *InvalidImageName*) failing_since=${failing_since:-$now} ;;
            *) failing_since="" ;;
        esac
        if [ -n "$failing_since" ] && [ $((now - failing_since)) -ge "$patience" ]; then
            say "$reasons" >&2
            fail "the image $4:$IMAGE_TAG cannot be pulled (ErrImagePull); the old pods go on running." \
                "see that the tag was pushed, that namespace $1 has the registry's pull secret, and that the registry or its cache is up."
        fi
        if [ "$now" -ge "$deadline" ] || { [ -n "$stuck_since" ] && [ $((now - stuck_since)) -ge "$patience" ]; }; then
            say "$reasons" >&2
            fail "Deployment $1/$2 did not roll out $4:$IMAGE_TAG within $rollout seconds ($state)." \
                "see the reasons above and kubectl -n $1 describe deployment $2; kubectl -n $1 rollout undo deployment/$2 goes back."
        fi
        sleep "${POLL_SECONDS:-1}"
    done
}

# each FUNCTION: calls it with every line of DEPLOYMENTS; the lines come by descriptor 3, for commands may read standard input.
each() {
    while read -r namespace deployment container image <&3; do
        [ -z "$namespace" ] || "$1" "$namespace" "$deployment" "$container" "$image"
    done 3<< LINES
$DEPLOYMENTS
LINES
}

say "== deploy of $APP $IMAGE_TAG"
check_use
check_identity
umask 077
work=$(mktemp -d)
: > "$work/headers"
trap leave EXIT
trap 'exit 143' INT TERM

login
if [ "${PINNED:-}" = refuse ]; then each refuse_other_tag; fi
each set_image
deadline=$(($(date +%s) + rollout))
each wait_for
if [ "${PINNED:-}" = record ]; then record_pin; fi
say "deployed: $APP $IMAGE_TAG"
