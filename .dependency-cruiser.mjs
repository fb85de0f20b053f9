/** Which folder may know of which; docs: CONTRIBUTING.md, "Where things go". */

const product = "^(index[.]ts|config|components|providers|jobs|policies|cli)(/|$)";
const folder = (...names) => `^(${names.join("|")})/`;

/** Nothing below `from` may import from `to`. */
const forbid = (name, from, to, exceptions) => ({
    name,
    severity: "error",
    from: { path: from },
    to: { path: to, ...(exceptions && { pathNot: exceptions }) },
});

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
    forbidden: [
        {
            name: "no-circle",
            severity: "error",
            from: {},
            to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
        },
        forbid("product-knows-no-sandbox", product, folder("sandbox", "test", "bench", "tools")),
        forbid("config-is-the-ground", folder("config"), folder("components", "providers", "cli", "policies")),
        forbid(
            "provider-is-usable-alone",
            folder("providers"),
            folder("config", "components", "jobs", "cli", "policies"),
        ),
        forbid(
            "policies-know-any-stack",
            folder("policies"),
            folder("config", "components", "providers", "jobs", "cli"),
        ),
        forbid("jobs-run-alone", folder("jobs"), folder("config", "components", "cli", "policies")),
        forbid("components-are-not-commands", folder("components"), folder("cli", "policies")),
        {
            name: "product-needs-no-development",
            severity: "error",
            from: { path: product },
            to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
        },
    ],
    options: {
        tsConfig: { fileName: "tsconfig.json" },
        tsPreCompilationDeps: true,
        doNotFollow: { path: "node_modules" },
        exclude: { path: "^(node_modules|[.]sandbox|bench/floor)/|(^|/)dist/" },
    },
};
