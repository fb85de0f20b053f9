# Has an agent look at one issue of this repository, and waits until it is done.
#
# Environment:
#   ISSUE_NUMBER and any other ISSUE_*: handed over as they are, as data
#   AGENT_URL, AGENT, AGENT_TOKEN_PATH, AGENT_TOKEN_KEY   whom to ask, and where its token is in Vault
#   POLLS, POLL_SECONDS                                   how long to wait
#   and what vault.sh reads
need curl jq

case $ISSUE_NUMBER in
    "" | *[!0-9]*) fail "ISSUE_NUMBER \"$ISSUE_NUMBER\" is not a number." "pass the number of the issue." ;;
esac
vault_login
vault_read "$AGENT_TOKEN_PATH"
jq -er --arg key "$AGENT_TOKEN_KEY" '"header = \("Authorization: Bearer \(.data.data[$key] // error("none"))" | tojson)"' "$work/answer" > "$work/agent" 2> /dev/null ||
    fail "nothing under $AGENT_TOKEN_KEY in $AGENT_TOKEN_PATH." "put the agent's token there."
rm -f "$work/answer"

# ask METHOD PATH: sends standard input; sets `status`, the answer is in $work/reply.
ask() {
    status=$(curl --silent --config "$work/agent" --max-time 30 --output "$work/reply" --write-out '%{http_code}' --request "$1" \
        --header 'Content-Type: application/json' --data-binary @- "$AGENT_URL$2" 2> /dev/null) || true
}

# Whatever an issue says is text to the agent and nothing to this shell.
jq -n --arg agent "$AGENT" '{agent: $agent, prompt: ("Handle this issue:\n" + ($ENV | with_entries(select(.key | startswith("ISSUE_"))) | tojson))}' > "$work/task"
ask POST /execute < "$work/task"
case $status in
    200 | 201 | 202) ;;
    *) fail "$AGENT_URL answers $status." "see that the agent's service is up and that its token in Vault is the current one." ;;
esac
job=$(jq -er '.job_id | select(test("^[A-Za-z0-9_-]+$"))' "$work/reply") || fail "the agent's answer names no job." "see the log of the agent's service."
say "issue $ISSUE_NUMBER is job $job"

poll=0
while [ "$poll" -lt "$POLLS" ]; do
    poll=$((poll + 1))
    sleep "$POLL_SECONDS"
    ask GET "/jobs/$job" < /dev/null
    [ "$status" = 200 ] || continue
    case $(jq -r '.status // empty' "$work/reply") in
        completed | succeeded)
            say "done: issue $ISSUE_NUMBER"
            exit 0
            ;;
        failed | error | cancelled | timeout) fail "job $job failed: $(jq -r '.error // "no reason given"' "$work/reply" | head -c 500)" "see the log of the agent's service." ;;
    esac
done
fail "job $job did not end within $POLLS polls (last answer: $status)." "see the log of the agent's service; the job may still be running."
