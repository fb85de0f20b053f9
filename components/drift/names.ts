/** ConfigMap that remembers findings from run to run. */
export const HISTORY_NAME = "cicd-drift-history";
/** Where in it: the one thing that the job writes. */
export const HISTORY_KEY = "history.json.gz";
