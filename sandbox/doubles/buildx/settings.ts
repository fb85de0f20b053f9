/** What a step asks the plugin for. */
export interface PluginBuild {
    readonly context: string;
    /** Relative to the context. */
    readonly dockerfile: string;
    readonly references: readonly string[];
    readonly program: string;
}

/** Settings that the plugin has and this stand-in may ignore, as they change nothing about an image of one program. */
const ignored = ["PLATFORMS", "PROVENANCE", "CACHE_FROM", "CACHE_TO", "USERNAME", "PASSWORD"];
const used = ["REPO", "REGISTRY", "TAGS", "CONTEXT", "DOCKERFILE"];

/** @throws with every setting that is missing or unknown */
export function readBuild(env: Readonly<Record<string, string | undefined>>): PluginBuild {
    const problems = Object.keys(env)
        .filter((name) => name.startsWith("PLUGIN_"))
        .map((name) => name.slice("PLUGIN_".length))
        .filter((name) => ![...used, ...ignored].includes(name))
        .map((name) => `the setting ${name.toLowerCase()} is unknown to this stand-in`);
    const repository = env.PLUGIN_REPO ?? "";
    const tags = (env.PLUGIN_TAGS ?? "").split(",").filter((tag) => tag !== "");
    if (repository === "") problems.push("the setting repo is missing");
    if (tags.length === 0) problems.push("the setting tags is missing");
    const program = env.APP_PROGRAM ?? "";
    if (program === "") problems.push("APP_PROGRAM is missing");
    if (problems.length > 0) throw new Error(problems.join("\n"));
    return {
        context: env.PLUGIN_CONTEXT || ".",
        dockerfile: env.PLUGIN_DOCKERFILE || "Dockerfile",
        references: tags.map((tag) => `${repository}:${tag}`),
        program,
    };
}
