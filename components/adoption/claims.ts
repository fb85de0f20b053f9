import * as pulumi from "@pulumi/pulumi";
import { environment } from "../../config/environment.js";
import type { Settings } from "../../config/settings.js";
import { PlainError } from "../../jobs/lib/errors.js";
import { excludedNamespaces, type NeededObject } from "../kyverno/namespaces.js";
import { isKeptBy } from "./kept.js";
import { describeObject, ObjectNames, type ServerObject, surroundingsOf } from "./serverObject.js";
import { Servers } from "./servers.js";
import { wayMakers } from "./wayMakers.js";

/**
 * Which objects on the servers are this stack's, written down before the first of them is made.
 *
 * The engine writes down what it made only afterwards: an `up` that is killed in between leaves objects that its state does not
 * know, and the next one takes them for somebody else's. So the names of all objects are put into the state first, as one
 * resource that everything else depends on. An object is claimed once: it must not exist then, unless `cicd:adopt` is set. From
 * there on it is ours, whoever made it and however often an `up` is killed, and its provider is told to write over it.
 *
 * What must be there already is written down beside them, and looked for once, in the same way.
 *
 * Marks on the objects themselves would do the same for some of them only: variables, secrets and roles of Vault have no place for
 * one.
 */
export class Claims {
    /** For every component at the top: their resources are claimed, and wait until all claims are written down. */
    readonly opts: pulumi.ComponentResourceOptions;
    readonly #objects = new Map<string, ServerObject>();
    readonly #needed: ReadonlyMap<string, NeededObject>;
    readonly #servers: Servers;
    #complete: () => void = () => {};

    constructor(private readonly settings: Settings) {
        this.#servers = new Servers(settings, environment);
        this.#needed = new Map(neededObjects(settings).map((each) => [`needs ${describeObject(each.object)}`, each]));
        const names = new ObjectNames(surroundingsOf(settings));
        const hooks = wayMakers(this.#servers, (input) => names.of(input));
        const complete = new Promise<void>((resolve) => {
            this.#complete = resolve;
        });
        const check = new pulumi.ResourceHook("claims", (args) => this.#check(args), { onDryRun: true });
        const claims = new pulumi.Stash(
            "claims",
            { input: complete.then(() => [...this.#objects.keys(), ...this.#needed.keys()].sort()) },
            { hooks: { beforeCreate: [check], beforeUpdate: [check] } },
        );
        this.opts = {
            dependsOn: [claims],
            transformations: [
                ({ type, props, opts }) => {
                    const object = names.of({ type, inputs: props, parent: opts.parent });
                    if (!object) return undefined;
                    this.#objects.set(describeObject(object), object);
                    const hook = hooks.get(type);
                    return {
                        props: { ...props, ...overwriting(type, settings.adopt) },
                        opts: hook ? { ...opts, hooks: { ...opts.hooks, beforeCreate: [hook] } } : opts,
                    };
                },
            ],
        };
    }

    /** To be called when everything is declared: before, nothing is made. */
    complete(): void {
        this.#complete();
    }

    /** @throws PlainError that names every object which is somebody else's, and what is needed and not there */
    async #check({ oldInputs, newInputs }: pulumi.ResourceHookArgs): Promise<void> {
        const known = new Set(oldInputs?.input as string[] | undefined);
        const fresh = ((newInputs?.input ?? []) as string[]).filter((text) => !known.has(text));
        const missing = await select(fresh, async (text) => {
            const needed = this.#needed.get(text);
            return needed !== undefined && (await this.#servers.look(needed.object)) === undefined;
        });
        if (missing.length > 0) throw new PlainError(this.#absence(missing));
        if (this.settings.adopt) return;
        const foreign = await select(fresh, (text) => this.#isForeign(text));
        if (foreign.length > 0) throw new PlainError(refusal(foreign));
    }

    #absence(missing: readonly string[]): string {
        const lines = missing.flatMap((text) => {
            const needed = this.#needed.get(text);
            return needed ? [`  ${needed.key} does not exist; ${needed.advice}`] : [];
        });
        return ["What the stack file names is not there, and nothing was changed:", ...lines].join("\n");
    }

    async #isForeign(text: string): Promise<boolean> {
        const object = this.#objects.get(text);
        const live = object && (await this.#servers.look(object));
        return live !== undefined && !isKeptBy(pulumi.getStack(), live);
    }
}

/** Inputs by which a provider that would refuse writes over what is there; the one of Kubernetes has a setting for it. */
function overwriting(type: string, adopt: boolean): Readonly<Record<string, unknown>> {
    switch (type) {
        case "github:index/repositoryFile:RepositoryFile":
            return { overwriteOnCreate: true };
        // What was there before stays when it is destroyed; without `adopt` only a killed `up` can have left it. Which of the two
        // it is, the provider writes down when it takes it over: `cicd:adopt` may be set back at any time.
        case "woodpecker:index:Repository":
        case "woodpecker:index:RepositorySecret":
        case "woodpecker:index:Cron":
            return adopt ? { adopt: true } : { reclaim: true };
        default:
            return {};
    }
}

/** What has to be there before anything is made. */
function neededObjects({ credentialSync }: Settings): NeededObject[] {
    return credentialSync ? excludedNamespaces(credentialSync) : [];
}

async function select(texts: readonly string[], matches: (text: string) => Promise<boolean>): Promise<string[]> {
    const found = await Promise.all(texts.map(async (text) => ((await matches(text)) ? [text] : [])));
    return found.flat();
}

function refusal(foreign: readonly string[]): string {
    return [
        `${foreign.length === 1 ? "an object exists" : `${foreign.length} objects exist`} already, and nothing was changed:`,
        ...foreign.map((text) => `  ${text}`),
        "Set cicd:adopt to true in the stack file to take over what exists; npm run cicd -- adopt --plan says what would change.",
    ].join("\n");
}
