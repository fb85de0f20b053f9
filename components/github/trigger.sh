# Starts the deploy of one image tag on Woodpecker and proves that it ran.
#
# Environment:
#   WOODPECKER_URL, WOODPECKER_REPO_ID, WOODPECKER_TOKEN   the server, the repository's numeric id there, a user's token
#   DEPLOY_APP, IMAGE_TAG, BRANCH                          what to deploy, and the branch that carries the deploy workflow
#   DEPLOY_WORKFLOW       name of the workflow that must run (default: deploy)
#   GITHUB_REPOSITORY     owner/name; when set, the numeric id is checked against it first
#   POLL_SECONDS          between two looks at a running deploy (default: 2)
#   POLL_LIMIT_SECONDS    how long a deploy may take (default: 900)
#   ATTEMPTS, RETRY_SECONDS   tries while the server does not answer, and the pause after the first (default: 5, 3)
#
# Exit codes: 0 deployed, 2 used wrongly, 3 no workflow matched, 4 configuration not fetched, 5 created with an error,
# 6 another workflow ran, 7 the deploy failed, 8 it took too long, 9 token refused, 10 repository not found,
# 11 repository has another id, 12 server does not answer, 13 ended or held by a person, 14 unexpected answer.
set -euo pipefail

workflow=${DEPLOY_WORKFLOW:-deploy}
poll=${POLL_SECONDS:-2}
limit=${POLL_LIMIT_SECONDS:-900}
attempts=${ATTEMPTS:-5}
pause=${RETRY_SECONDS:-3}

is_repository='(.id | type) == "number"'
is_pipeline='(.number | type) == "number"'
is_list='type == "array" or type == "null"'

say() { printf '%s\n' "$@"; }

# give_up CODE PROBLEM NEXT-STEP
give_up() {
    say "error: $2" "next: $3" >&2
    [[ ${GITHUB_ACTIONS:-} != true ]] || say "::error title=Deploy of ${DEPLOY_APP:-?} (exit code $1)::$2 Next: $3"
    exit "$1"
}

check_use() {
    local name wrong=()
    for name in WOODPECKER_URL WOODPECKER_REPO_ID WOODPECKER_TOKEN DEPLOY_APP IMAGE_TAG BRANCH; do
        [[ -n ${!name:-} ]] || wrong+=("$name is empty")
    done
    [[ ${IMAGE_TAG:-} =~ ^([0-9a-f]{8})?$ ]] || wrong+=("IMAGE_TAG \"$IMAGE_TAG\" is not 8 lower-case hex characters")
    [[ ${WOODPECKER_REPO_ID:-} =~ ^[0-9]*$ ]] || wrong+=("WOODPECKER_REPO_ID \"$WOODPECKER_REPO_ID\" is not a number")
    [[ ${WOODPECKER_TOKEN:-} =~ ^[A-Za-z0-9._~+/=-]*$ ]] || wrong+=("WOODPECKER_TOKEN has characters no token has")
    for name in curl jq; do
        command -v "$name" > /dev/null || wrong+=("$name is not installed")
    done
    [[ ${#wrong[@]} -eq 0 ]] || give_up 2 "$(printf '%s; ' "${wrong[@]}")" \
        "run 'pulumi up': it sets the Actions variables WOODPECKER_URL and WOODPECKER_REPO_ID and the secret WOODPECKER_TOKEN."
    WOODPECKER_URL=${WOODPECKER_URL%/}
}

# api METHOD PATH [BODY]: sets `status` (000 without an answer) and `broken` (curl's exit code); the answer is in $work/body.
# The token goes in by standard input, never by an argument that other processes can read.
api() {
    local arguments=(--silent --show-error --config - --request "$1" --connect-timeout 10 --max-time 60
        --dump-header "$work/headers" --output "$work/body" --write-out '%{http_code}')
    [[ $# -lt 3 ]] || arguments+=(--header 'Content-Type: application/json' --data-binary "$3")
    : > "$work/body"
    : > "$work/headers"
    broken=0
    status=$(printf 'header = "Authorization: Bearer %s"\n' "$WOODPECKER_TOKEN" |
        curl "${arguments[@]}" "$WOODPECKER_URL/api$2" 2> "$work/curl") || broken=$?
}

field() { jq -r "$1" "$work/body"; }

# Whether the last call failed in a way that may pass.
may_pass() { [[ $broken -ne 0 || $status == 429 || $status == 5?? ]]; }

problem() {
    if [[ $broken -ne 0 ]]; then
        say "no answer from $WOODPECKER_URL ($(tail -n 1 "$work/curl"))"
    else
        say "$WOODPECKER_URL answers $status $(head -c 300 "$work/body")"
    fi
}

wait_for_server() {
    say "$(problem); try $1 of $attempts"
    [[ $1 -lt $attempts ]] || give_up 12 "$(problem), $attempts times." "$2"
    sleep "$(jq -n "$pause * $1")"
}

get() {
    local try
    for ((try = 1; ; try++)); do
        api GET "$1"
        may_pass || return 0
        wait_for_server "$try" "see whether Woodpecker is up and reachable from here, then run this job again."
    done
}

# refuse_other_answers WHAT FILTER: FILTER says whether the body of a 200 is what was asked for. A login proxy or a page of the web
# interface answers 200 as well; what it says is not shown, for it may hold somebody's session.
refuse_other_answers() {
    case $status in
        200) [[ $(jq "$2" "$work/body" 2> /dev/null) == true ]] || give_up 14 \
            "$WOODPECKER_URL answers 200 for $1 with something that is not Woodpecker's JSON." \
            "check WOODPECKER_URL \"$WOODPECKER_URL\": it has to be the root of the server, with no login proxy before its /api." ;;
        401) give_up 9 "Woodpecker refuses the token (401)." \
            "the secret WOODPECKER_TOKEN is not the token of a Woodpecker user any more: put a new one into Vault and run 'pulumi up'." ;;
        404) give_up 10 "Woodpecker has no $1, or the token's user may not push to it (404)." \
            "run 'pulumi up' to register it; give the token's user push on the repository and let it sign in to Woodpecker once." ;;
        *) give_up 14 "Woodpecker answers $status for $1: $(head -c 300 "$work/body")" \
            "check WOODPECKER_URL \"$WOODPECKER_URL\" and the log of the Woodpecker server." ;;
    esac
}

# A rebuilt server gives out new ids, and the old one may belong to another repository by now.
check_id() {
    [[ -n ${GITHUB_REPOSITORY:-} ]] || return 0
    get "/repos/lookup/$GITHUB_REPOSITORY"
    refuse_other_answers "repository $GITHUB_REPOSITORY" "$is_repository"
    local id
    id=$(field .id)
    [[ $id == "$WOODPECKER_REPO_ID" ]] || give_up 11 \
        "$GITHUB_REPOSITORY has the id $id in Woodpecker, not $WOODPECKER_REPO_ID: the server was rebuilt or the repository added again." \
        "run 'pulumi up', which resolves the id and sets the Actions variable WOODPECKER_REPO_ID to $id."
    [[ $(field .active) == true ]] || give_up 10 "$GITHUB_REPOSITORY is registered in Woodpecker but not active." "run 'pulumi up'."
}

# Finds the pipeline of this very run, for a start that failed on the way back has happened nevertheless.
find_started() {
    get "/repos/$WOODPECKER_REPO_ID/pipelines?event=manual&perPage=50"
    refuse_other_answers "repository $WOODPECKER_REPO_ID" "$is_list"
    number=$(jq -r --arg id "$trigger" '[.[]? | select(.variables.TRIGGER_ID == $id) | .number][0] // empty' "$work/body")
    [[ -n $number ]] || return 1
    say "the start had arrived all the same: pipeline $number"
    get "/repos/$WOODPECKER_REPO_ID/pipelines/$number"
}

start() {
    local try body
    body=$(jq -nc --arg branch "$BRANCH" --arg app "$DEPLOY_APP" --arg tag "$IMAGE_TAG" --arg id "$trigger" \
        '{branch: $branch, variables: {DEPLOY_APP: $app, IMAGE_TAG: $tag, TRIGGER_ID: $id}}')
    for ((try = 1; ; try++)); do
        api POST "/repos/$WOODPECKER_REPO_ID/pipelines" "$body"
        may_pass || return 0
        wait_for_server "$try" "see whether Woodpecker is up; an answer of 500 to a start also means that branch $BRANCH \
does not exist or that GitHub refuses the Woodpecker user's own token: let that user sign in to Woodpecker again."
        # 6 and 7: no connection was made, so nothing can have been started.
        [[ $broken -eq 6 || $broken -eq 7 ]] || ! find_started || return 0
    done
}

check_started() {
    if [[ $status == 204 ]]; then
        ! grep -qi '^pipeline-filtered: *true' "$work/headers" || give_up 3 \
            "no workflow on branch $BRANCH matches DEPLOY_APP=$DEPLOY_APP IMAGE_TAG=$IMAGE_TAG: nothing was deployed (204, filtered)." \
            "see that .woodpecker/$workflow.yml is on $BRANCH and accepts the event manual for this app; 'pulumi up' writes it."
        give_up 4 "Woodpecker could not fetch the configuration from branch $BRANCH: nothing was deployed (204)." \
            "see the newest pipeline at $page; usual causes: a directory inside .woodpecker/, or GitHub refuses the token of the user who owns the registration."
    fi
    refuse_other_answers "repository $WOODPECKER_REPO_ID" "$is_pipeline"
    number=$(field .number)
    if [[ $(field .status) == error ]]; then
        jq -r '.errors[]? | select(.is_warning | not) | "  \(.data.file // "configuration"): \(.message)"' "$work/body" >&2
        give_up 5 "Woodpecker created pipeline $number with an error: nothing was deployed." \
            "mend what is named above; a missing secret is set by 'pulumi up', any file in .woodpecker/ may be the broken one."
    fi
    local ran
    ran=$(field '[.workflows[]?.name] | join(", ")')
    [[ $(field .event) == manual && ", $ran, " == *", $workflow, "* ]] || give_up 6 \
        "pipeline $number runs \"$ran\" on event $(field .event), not the workflow $workflow on event manual." \
        "look at $page/pipeline/$number; another file in .woodpecker/ accepts the event manual without a filter, or $workflow.yml is out of date."
    [[ $ran == "$workflow" ]] || say "warning: pipeline $number also runs other workflows: $ran"
}

show_failed_steps() {
    local id title try lines seen quiet
    cp "$work/body" "$work/pipeline"
    while IFS=$'\t' read -r id title; do
        say "$title" >&2
        # Log lines arrive in batches, the last up to a second after the status: all are there when none came for longer.
        for ((try = 0, seen = 0, quiet = 0; try < 12 && quiet < 3; try++)); do
            [[ $try -eq 0 ]] || sleep 0.5
            api GET "/repos/$WOODPECKER_REPO_ID/logs/$number/$id"
            [[ $broken -eq 0 ]] || break
            lines=$(field '. // [] | length') || lines=0
            [[ $lines -gt 0 && $lines == "$seen" ]] && quiet=$((quiet + 1)) || quiet=0
            seen=$lines
        done
        # A deploy step begins its own words with "== "; what stands before is Woodpecker repeating the script.
        jq -r '[.[]? | .data // "" | @base64d] | .[(map(startswith("== ")) | indices(true) | last // 0):] | .[-30:][] | "    \(.)"' \
            "$work/body" >&2 || true
    done < <(jq -r '.workflows[]? | .name as $workflow | .error as $error
        | .children[]? | select(.state == "failure" or .state == "error" or .state == "killed")
        | "\(.id)\t  step \(.name) of workflow \($workflow): \(.state), exit code \(.exit_code // 0) \(.error // $error // "")"' \
        "$work/pipeline")
    cp "$work/pipeline" "$work/body"
}

follow() {
    local state deadline=$((SECONDS + limit)) link="$page/pipeline/$number"
    say "pipeline $number: $link"
    while true; do
        api GET "/repos/$WOODPECKER_REPO_ID/pipelines/$number"
        if may_pass; then
            say "$(problem); the deploy goes on meanwhile"
            state=unknown
        else
            refuse_other_answers "pipeline $number" "$is_pipeline"
            state=$(field .status)
        fi
        case $state in
            success)
                state=$(jq -r --arg name "$workflow" '.workflows[]? | select(.name == $name) | .state' "$work/body")
                [[ $state != success ]] || return 0
                give_up 7 "pipeline $number succeeded, but its workflow $workflow is \"$state\"." "look at $link." ;;
            failure | error)
                show_failed_steps
                give_up 7 "the deploy of $DEPLOY_APP $IMAGE_TAG failed: $link" \
                    "mend what the step says above, then run this job again." ;;
            killed | canceled | declined | skipped)
                give_up 13 "pipeline $number was ended: $state." "run this job again if the deploy is still wanted; see $link." ;;
            blocked)
                give_up 13 "pipeline $number waits for an approval." "approve it at $link, or change the repository's approval setting." ;;
        esac
        [[ $SECONDS -lt $deadline ]] || give_up 8 "pipeline $number is \"$state\" after $limit seconds." \
            "look at $link; a pipeline that stays pending has no agent: see that one is connected and not full."
        sleep "$poll"
    done
}

check_use
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trigger="${GITHUB_RUN_ID:-local}-${GITHUB_RUN_ATTEMPT:-1}-$RANDOM$RANDOM"
page="$WOODPECKER_URL/repos/$WOODPECKER_REPO_ID"
number=""

check_id
start
check_started
follow
say "deployed: $DEPLOY_APP $IMAGE_TAG"
