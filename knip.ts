import type { KnipConfig } from "knip";

/** What nobody uses is an error: files, exports that no other file and not even their own one uses, dependencies. */
export default {
    entry: [
        "jobs/*/main.ts",
        "policies/index.ts",
        "providers/*/main.ts",
        "sandbox/cli.ts",
        "sandbox/doubles/*/main.ts",
        "sandbox/doubles/github/server.ts",
        "sandbox/doubles/pulumi/{languageHost,plugin}.ts",
        "sandbox/doubles/woodpecker/agent/{clone,shell}.ts",
        "bench/*.ts",
        "bench/floor/index.ts",
        "test/**/*.test.ts",
        "test/support/{countingReporter.cjs,inspectPage.js,rollProgram.ts}",
    ],
    project: ["**/*.{ts,js,mjs,cjs}"],
    ignoreExportsUsedInFile: true,
    exclude: ["binaries"],
    // google-protobuf comes with @pulumi/pulumi, and has to be the very copy that it uses.
    ignoreDependencies: ["google-protobuf"],
} satisfies KnipConfig;
