# Looks for drift: what is declared against what is really there.
# Ends with 0 clean, 7 drift, 1 a run that could not tell; "could not tell" is never called clean.
#
# Environment:
#   PROGRAM_DIRECTORY   where the program that declares everything is in this repository
#   STACKS              its stacks
#   PUSHGATEWAY_URL     where the metrics go
#   HISTORY             where first-seen times are kept between runs (the drift program's)
#   PULUMI_*, GITHUB_TOKEN, WOODPECKER_TOKEN, SLACK_WEBHOOK, and what vault.sh reads
need node npm pulumi jq curl
vault_login
VAULT_TOKEN=$(cat "$work/vault-token")
export VAULT_TOKEN

cd "$PROGRAM_DIRECTORY"
npm ci --no-audit --no-fund --loglevel error < /dev/null
if [ -d jobs/drift ]; then
    [ -f dist/jobs/drift.js ] || npm run --silent build < /dev/null
    code=0
    node dist/jobs/drift.js < /dev/null || code=$?
    exit "$code"
fi

drifted=0 clean=0 broken=0
now=$(date +%s)
: > "$work/metrics"
for stack in $STACKS; do
    say "== $stack"
    code=0
    pulumi preview --stack "$stack" --refresh --run-program --expect-no-changes --non-interactive --color never --diff < /dev/null || code=$?
    case $code in
        0) state=0 clean=$((clean + 1)) ;;
        7) state=1 drifted=$((drifted + 1)) ;;
        *) state=2 broken=$((broken + 1)) ;;
    esac
    printf 'drift_stack_state{stack="%s"} %s\n' "$stack" "$state" >> "$work/metrics"
done
cat >> "$work/metrics" << METRICS
drift_stack_count $drifted
drift_error_count $broken
drift_clean_count $clean
drift_detection_last_run_timestamp $now
METRICS
if [ -n "$PUSHGATEWAY_URL" ]; then
    # PUT replaces the whole group, so that a stack that is clean again does not keep its old series.
    status=$(curl --silent --max-time 30 --output "$work/said" --write-out '%{http_code}' --upload-file "$work/metrics" \
        "$PUSHGATEWAY_URL/metrics/job/drift-detection") || true
    case $status in
        200 | 202) ;;
        *) fail "the Pushgateway answers $status: $(head -c 300 "$work/said" 2> /dev/null || true)" "see that $PUSHGATEWAY_URL is up; the outcome stands above." ;;
    esac
fi
say "$clean clean, $drifted drifted, $broken could not be previewed"
[ "$broken" = 0 ] || exit 1
[ "$drifted" = 0 ] || exit 7
