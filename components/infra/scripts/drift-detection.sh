# Looks for drift: what is declared against what is really there.
# Ends with 0 clean, 7 drift, 1 a run that could not tell; "could not tell" is never called clean.
#
# Environment:
#   PROGRAM_DIRECTORY   where the program that declares everything is in this repository
#   TERRAFORM_STACKS    directories, from the root of the repository
#   TOLD_FILE           is written when the job has told Slack what is new
#   and what jobs/drift reads (node dist/jobs/drift.js --help), and vault.sh
need node npm pulumi jq curl
vault_login
VAULT_TOKEN=$(cat "$work/vault-token")
REPORT_DIR=${REPORT_DIR:-$work/report}
[ -z "${TOLD_FILE:-}" ] || rm -f "$TOLD_FILE"
export VAULT_TOKEN REPORT_DIR

# The job runs here, the root of the repository; the program may be a part of it.
npm ci --prefix "$PROGRAM_DIRECTORY" --no-audit --no-fund --loglevel error < /dev/null
[ -f "$PROGRAM_DIRECTORY/dist/jobs/drift.js" ] || npm run --prefix "$PROGRAM_DIRECTORY" --silent build < /dev/null
code=0
node "$PROGRAM_DIRECTORY/dist/jobs/drift.js" < /dev/null || code=$?
exit "$code"
