# Posts the outcome of a deploy or another pipeline to Slack. An outage of Slack is a line in the log and nothing more.
#
# Environment: SLACK_WEBHOOK, APP, IMAGE_TAG, OUTCOME (deployed, failed; done, broken), and Woodpecker's CI_PIPELINE_URL, CI_PIPELINE_NUMBER.
#   TOLD_FILE   when it is there, a step before has told Slack by itself (default: none)
set -eu

if [ -n "${TOLD_FILE:-}" ] && [ -e "$TOLD_FILE" ]; then
    echo "Slack was told by a step before"
    exit 0
fi

case $OUTCOME in
    deployed) mark=":white_check_mark: deployed" ;;
    failed) mark=":x: deploy failed:" ;;
    done) mark=":white_check_mark: done:" ;;
    *) mark=":x: failed:" ;;
esac
text="$mark $APP ${IMAGE_TAG:-} (<${CI_PIPELINE_URL:-}|pipeline ${CI_PIPELINE_NUMBER:-?}>)"

# The address is the secret: it goes in by standard input, and curl's own message, which may name it, goes nowhere.
status=$(printf 'url = "%s"\n' "$SLACK_WEBHOOK" |
    curl --silent --config - --max-time 15 --retry 2 --output /dev/null --write-out '%{http_code}' \
        --header 'Content-Type: application/json' --data-binary "{\"text\": \"$text\"}" 2> /dev/null) || true
case $status in
    200) printf 'told Slack: %s\n' "$OUTCOME" ;;
    *) printf 'warning: Slack answers %s; the pipeline is not affected\n' "$status" ;;
esac
