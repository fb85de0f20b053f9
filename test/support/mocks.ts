import * as pulumi from "@pulumi/pulumi";

/** A resource as the program registered it. */
export interface Made {
    readonly type: string;
    readonly name: string;
    // biome-ignore lint/suspicious/noExplicitAny: inputs differ by type and are only compared.
    readonly inputs: any;
    /** Names of the inputs that were marked secret. */
    readonly secrets: readonly string[];
    /** Inputs as they travel to the engine, secrets in their wrapping. */
    readonly wire: Readonly<Record<string, unknown>>;
}

/** Answers an invoke, or throws where none is expected. */
export type Calls = (token: string, inputs: Record<string, unknown>) => Record<string, unknown>;

/**
 * Runs a part of the program against mocks and returns what it registered.
 *
 * @param program imports what it needs itself, for the mocks must be set before
 * @param outputs what a resource of a type adds to its inputs
 */
export async function register(
    program: () => Promise<unknown>,
    { calls = noCalls, outputs = {} }: { calls?: Calls; outputs?: Readonly<Record<string, object>> } = {},
): Promise<Made[]> {
    const made: Made[] = [];
    await pulumi.runtime.setMocks(
        {
            newResource: ({ type, name, inputs }) => {
                const secrets = Object.keys(inputs).filter((key) => isSecret(inputs[key]));
                made.push({ type, name, inputs: unwrapped(inputs), secrets, wire: inputs });
                return { id: `${name}-id`, state: { ...inputs, ...outputs[type] } };
            },
            call: ({ token, inputs }) => calls(token, inputs),
        },
        "cicd-pipeline",
        "test",
        false,
    );
    // The SDK's own mock says that it knows hooks, and has no answer for one.
    const monitor = pulumi.runtime.getMonitor() as unknown as Record<string, unknown>;
    for (const register of ["registerResourceHook", "registerErrorHook"]) {
        monitor[register] = (_request: unknown, done: (error: null, reply: object) => void) => done(null, {});
    }
    await program();
    await pulumi.runtime.disconnect(); // waits until every registration is in
    return made;
}

/** How a secret travels to the engine. */
const secretSignature = "4dabf18193072939515e22adb298388d";

export function isSecret(value: unknown): value is { readonly value: unknown } {
    return typeof value === "object" && value !== null && secretSignature in value && "value" in value;
}

function unwrapped(value: unknown): unknown {
    if (isSecret(value)) return unwrapped(value.value);
    if (Array.isArray(value)) return value.map(unwrapped);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrapped(inner)]));
}

const noCalls: Calls = (token) => {
    throw new Error(`unexpected call of ${token}`);
};

/** The plain value of an output, and whether it is secret. */
export async function settled<T>(output: pulumi.Output<T>): Promise<{ value: T; secret: boolean }> {
    const secret = await pulumi.isSecret(output);
    const value = await new Promise<T>((done) => pulumi.unsecret(output).apply(done));
    return { value, secret };
}
