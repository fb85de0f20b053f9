import { resolve, sep } from "node:path";

/** A build that `docker/build-push-action` would make. */
export interface Build {
    /** Absolute path of the build context. */
    readonly context: string;
    /** Absolute path of the Dockerfile. */
    readonly file: string;
    readonly tags: readonly string[];
    readonly platforms: readonly string[];
    readonly push: boolean;
    /** What `docker/login-action` logged in to before, in this job. */
    readonly logins: readonly Login[];
    readonly print: (line: string) => void;
}

export interface Login {
    readonly registry: string;
    readonly username: string;
    readonly password: string;
}

/** Builds an image and, if asked, pushes it; throws when it cannot. */
export type BuildAndPush = (build: Build) => Promise<{ readonly digest?: string } | undefined>;

/** What a stand-in works with. */
export interface ActionContext {
    readonly inputs: Readonly<Record<string, string>>;
    readonly workspace: string;
    /** Shared by the steps of a job. */
    readonly logins: Login[];
    readonly checkout: (directory: string) => Promise<void>;
    readonly buildAndPush: BuildAndPush;
    readonly print: (line: string) => void;
}

interface StandIn {
    /** Inputs that it takes; any other is an error. */
    readonly inputs: readonly string[];
    readonly run: (context: ActionContext) => Promise<Record<string, string>>;
}

const list = (text: string | undefined): readonly string[] =>
    (text ?? "").split(/[\n,]/).flatMap((item) => item.trim() || []);

const STAND_INS: Readonly<Record<string, StandIn>> = {
    "actions/checkout": {
        inputs: ["fetch-depth", "path", "persist-credentials"],
        run: async ({ inputs, workspace, checkout, print }) => {
            await checkout(within(workspace, inputs.path ?? "."));
            print("Checked out the commit");
            return {};
        },
    },
    "docker/setup-buildx-action": {
        inputs: ["driver-opts", "platforms"],
        run: async ({ print }) => {
            print("No Buildx is set up here: the build is done by the caller of this runner");
            return {};
        },
    },
    "docker/login-action": {
        inputs: ["registry", "username", "password", "logout"],
        run: async ({ inputs, logins, print }) => {
            const { registry = "docker.io", username = "", password = "" } = inputs;
            if (username === "" || password === "") throw new Error("Username and password required");
            logins.push({ registry, username, password });
            print(`Kept the login to ${registry}`);
            return {};
        },
    },
    "docker/build-push-action": {
        inputs: [
            ...["context", "file", "tags", "platforms", "push", "provenance", "sbom"],
            ...["cache-from", "cache-to", "build-args", "labels"],
        ],
        run: async ({ inputs, workspace, logins, buildAndPush, print }) => {
            const context = within(workspace, inputs.context ?? ".");
            const built = await buildAndPush({
                context,
                file: inputs.file ? within(workspace, inputs.file) : within(context, "Dockerfile"),
                tags: list(inputs.tags),
                platforms: list(inputs.platforms),
                push: inputs.push === "true",
                logins,
                print,
            });
            const outputs: Record<string, string> = built?.digest ? { digest: built.digest } : {};
            return outputs;
        },
    },
};

/**
 * Runs the stand-in for an action.
 *
 * @param uses `owner/name@ref`; the ref is not looked at
 * @returns the action's outputs
 * @throws Error for an action or an input that has no stand-in
 */
export async function runAction(uses: string, context: ActionContext): Promise<Record<string, string>> {
    const name = uses.replace(/@.*$/, "");
    const standIn = STAND_INS[name];
    if (!standIn) {
        throw new Error(`no stand-in for action [${uses}]; there are: ${Object.keys(STAND_INS).join(", ")}`);
    }
    const unknown = Object.keys(context.inputs).filter((input) => !standIn.inputs.includes(input));
    if (unknown.length > 0) {
        throw new Error(`${name}: unexpected input [${unknown.join(", ")}]; allowed: ${standIn.inputs.join(", ")}`);
    }
    return standIn.run(context);
}

function within(root: string, path: string): string {
    const absolute = resolve(root, path);
    if (absolute !== root && !absolute.startsWith(root + sep)) throw new Error(`${path} lies outside of ${root}`);
    return absolute;
}
