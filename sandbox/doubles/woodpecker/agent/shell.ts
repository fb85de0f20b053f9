/**
 * Stands for every image with a shell where the real agent runs steps as processes: `/bin/sh` with the files of the
 * ServiceAccount that the step's pod would have.
 */

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import { messageOf } from "../../../lib/errors.js";
import { ServiceAccounts } from "../serviceAccounts.js";
import { serviceAccountOf } from "./account.js";

async function main(): Promise<void> {
    const account = await mountAccount(process.env);
    try {
        process.exitCode = await runShell({ ...process.env, ...account.environment });
    } finally {
        await account.remove();
    }
}

/** The files lie beside the workspace, which the agent removes with all that is around it, whatever becomes of the step. */
async function mountAccount(environment: NodeJS.ProcessEnv) {
    const variable = (name: string): string => {
        const value = environment[name];
        if (value === undefined) throw new Error(`${name} is not set: this program is run by an agent of the sandbox`);
        return value;
    };
    const named =
        environment.WOODPECKER_BACKEND_K8S_SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP === "true"
            ? await serviceAccountOf(
                  {
                      serverUrl: variable("CI_SYSTEM_URL").replace(/\/$/, ""),
                      repository: variable("CI_REPO"),
                      pipeline: variable("CI_PIPELINE_NUMBER"),
                      workflow: variable("CI_WORKFLOW_NAME"),
                      step: variable("CI_STEP_NAME"),
                  },
                  readFileSync(variable("SANDBOX_WOODPECKER_TOKEN_FILE"), "utf8").trim(),
              )
            : undefined;
    const accounts = new ServiceAccounts(
        variable("SANDBOX_KUBECONFIG"),
        variable("SANDBOX_KUBE_NAMESPACE"),
        dirname(variable("CI_WORKSPACE")),
    );
    return accounts.mount(named);
}

function runShell(environment: NodeJS.ProcessEnv): Promise<number> {
    return new Promise((resolve, reject) => {
        const shell = spawn("/bin/sh", process.argv.slice(2), { env: environment, stdio: "inherit" });
        shell.once("error", reject);
        shell.once("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
}

main().catch((error: unknown) => {
    console.error(messageOf(error));
    process.exitCode = 1;
});
