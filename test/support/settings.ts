import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { parseSettings } from "../../config/parse.js";
import { SettingsError } from "../../config/problems.js";
import type { App, Settings } from "../../config/settings.js";

/** What stands below `cicd:`, by key. */
export type RawSettings = Record<string, unknown>;

/** The config of a committed stack file, as the program gets it. */
export function stackConfig(stack: string): RawSettings {
    const text = readFileSync(join(__dirname, "..", "..", `Pulumi.${stack}.yaml`), "utf8");
    const config = (parse(text) as { config: RawSettings }).config;
    return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(/^cicd:/, ""), value]));
}

const store = (key: string) => ({ vault: { path: "ci/test", key } });

/** The smallest config in which applications can stand; blocks of `changes` replace whole blocks. */
export function rawSettings(changes: RawSettings = {}): RawSettings {
    return {
        github: { owner: "acme" },
        woodpecker: { url: "https://ci.example.org" },
        vault: { address: "https://vault.example.org" },
        credentials: {
            dockerhubUsername: store("username"),
            dockerhubToken: store("token"),
            woodpeckerToken: store("woodpecker"),
            slackWebhook: store("webhook"),
        },
        apps: { website: rawApp() },
        ...changes,
    };
}

/** What is wrong with a stack config, a line each. */
export function problemsOf(raw: RawSettings): readonly string[] {
    try {
        parseSettings(raw);
    } catch (error) {
        if (error instanceof SettingsError) return error.problems;
        throw error;
    }
    return [];
}

export function rawApp(changes: RawSettings = {}): RawSettings {
    return {
        repository: "acme/website",
        images: [{ name: "acme/website" }],
        deployments: [{ namespace: "website", deployment: "blog", container: "website" }],
        ...changes,
    };
}

/** Settings with these applications and nothing else out of the ordinary. */
export function settingsOf(apps: Record<string, unknown>): Settings & { delivery: NonNullable<Settings["delivery"]> } {
    const settings = parseSettings(rawSettings({ apps }));
    if (!settings.delivery) throw new Error("no applications");
    return { ...settings, delivery: settings.delivery };
}

export function appOf(raw: RawSettings, name = "website"): App {
    const [app] = settingsOf({ [name]: raw }).delivery.apps;
    if (!app) throw new Error("no application");
    return app;
}

const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
const label = fc
    .tuple(
        fc.constantFrom(...letters),
        fc.string({ unit: fc.constantFrom(...letters, "-"), maxLength: 12 }),
        fc.constantFrom(...letters),
    )
    .map((parts) => parts.join(""));
/** Labels, among them those that a YAML reader may take for something else. */
export const anyLabel = fc.oneof(
    label,
    fc.constantFrom(
        "0",
        "01234567",
        "12345e10",
        "1e3",
        "0x1f",
        "0b11",
        "null",
        "true",
        "yes",
        "no",
        "on",
        "off",
        "y",
        "n",
        "nan",
    ),
);
const segment = fc.oneof(
    anyLabel,
    anyLabel.map((l) => `${l}.d`),
    anyLabel.map((l) => `_${l}`),
);
export const anyPath = fc.oneof(
    fc.constant("."),
    fc.array(segment, { minLength: 1, maxLength: 3 }).map((s) => s.join("/")),
);
const registry = fc.constantFrom("", "ghcr.io/", "127.0.0.1:5000/", "registry.example.org/");

/** An application as stack config may hold it, alone in its stack. */
export const anyApp = fc
    .record({
        registry,
        names: fc.uniqueArray(
            label.map((l) => l.replace(/-+/g, "-")),
            { minLength: 1, maxLength: 3 },
        ),
        context: anyPath,
        dockerfile: fc.option(anyPath, { nil: undefined }),
        branches: fc.option(fc.uniqueArray(anyLabel, { minLength: 1, maxLength: 3 }), { nil: undefined }),
        build: fc.constantFrom("github-actions", "woodpecker"),
        directory: fc.option(
            anyPath.filter((p) => p !== "."),
            { nil: undefined },
        ),
        places: fc.uniqueArray(fc.tuple(anyLabel, anyLabel, anyLabel), {
            minLength: 1,
            maxLength: 4,
            selector: String,
        }),
    })
    .map(({ registry, names, context, dockerfile, branches, build, directory, places }) => {
        const images = names.map((name) => ({
            name: `${registry}acme/${name}`,
            context,
            ...(dockerfile && { dockerfile }),
        }));
        return {
            repository: "acme/website",
            build,
            ...(branches && { branches }),
            ...(directory && { directory }),
            images,
            deployments: places.map(([namespace, deployment, container], i) => ({
                namespace,
                deployment,
                container,
                image: images[i % images.length]?.name,
            })),
        };
    });
