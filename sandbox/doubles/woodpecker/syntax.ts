/** One violation of the workflow syntax: where (`steps.0`, `(root)`) and what. */
export interface Finding {
    readonly field: string;
    readonly message: string;
}

type Check = (value: unknown, field: string) => readonly Finding[];

const isMapping = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);

/** As the server's schema validator counts: an integer is a number too. */
function typeOf(value: unknown): string {
    if (value === null) return "null";
    if (Array.isArray(value)) return "array";
    return Number.isInteger(value) ? "integer" : typeof value;
}

function type(...allowed: readonly string[]): Check {
    return (value, field) => {
        const given = typeOf(value);
        if (allowed.includes(given) || (given === "integer" && allowed.includes("number"))) return [];
        return [{ field, message: `Invalid type. Expected: ${allowed.join("/")}, given: ${given}` }];
    };
}

function oneOf(...allowed: readonly string[]): Check {
    const names = allowed.map((item) => `"${item}"`).join(", ");
    return (value, field) =>
        allowed.includes(String(value)) && typeof value === "string"
            ? []
            : [{ field, message: `${field} must be one of the following: ${names}` }];
}

function listOf(item: Check): Check {
    return (value, field) =>
        Array.isArray(value)
            ? value.flatMap((element, index) => item(element, below(field, String(index))))
            : type("array")(value, field);
}

/** The value itself, or a list of such values. */
const oneOrMore = (item: Check): Check => {
    const list = listOf(item);
    return (value, field) => (Array.isArray(value) ? list(value, field) : item(value, field));
};

/** Values of any key. */
const mappingOf =
    (item: Check): Check =>
    (value, field) =>
        isMapping(value)
            ? Object.entries(value).flatMap(([key, element]) => item(element, below(field, key)))
            : type("object")(value, field);

/** Known keys only. */
function object(known: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
    return (value, field) => {
        if (!isMapping(value)) return type("object")(value, field);
        const missing = required.filter((key) => !(key in value));
        return [
            ...missing.map((key) => ({ field, message: `${key} is required` })),
            ...Object.keys(value)
                .filter((key) => !Object.hasOwn(known, key))
                .map((key) => ({ field, message: `Additional property ${key} is not allowed` })),
            ...Object.entries(known).flatMap(([key, check]) =>
                key in value ? check(value[key], below(field, key)) : [],
            ),
        ];
    };
}

const below = (field: string, key: string): string => (field === "(root)" ? key : `${field}.${key}`);

/** A mapping is held to the one check, everything else to the other. */
const mappingOr =
    (mapping: Check, other: Check): Check =>
    (value, field) =>
        (isMapping(value) ? mapping : other)(value, field);

const anything: Check = () => [];
const string = type("string");
const boolean = type("boolean");
const strings = oneOrMore(string);
const scalar = type("boolean", "string", "number");
const settingsValue = mappingOf(type("boolean", "string", "number", "array", "object"));

const positive: Check = (value, field) => {
    const wrong = type("integer")(value, field);
    if (wrong.length > 0) return wrong;
    return (value as number) >= 1 ? [] : [{ field, message: "Must be greater than or equal to 1" }];
};

const events = oneOrMore(
    oneOf(
        "push",
        "pull_request",
        "pull_request_closed",
        "pull_request_metadata",
        "tag",
        "deployment",
        "cron",
        "manual",
        "release",
    ),
);
const globs = mappingOr(object({ include: strings, exclude: strings }), strings);
const paths = mappingOr(
    object({ include: listOf(string), exclude: listOf(string), ignore_message: string, on_empty: boolean }),
    strings,
);
const condition = {
    repo: globs,
    branch: globs,
    event: events,
    ref: globs,
    cron: globs,
    status: oneOrMore(oneOf("success", "failure")),
    platform: globs,
    instance: globs,
    path: paths,
    evaluate: string,
};
const dependencies = oneOrMore(mappingOr(object({ name: string, optional: boolean }, ["name"]), string));

const backendOptions = mappingOr((value, field) => {
    const { kubernetes } = value as { kubernetes?: unknown };
    return kubernetes === undefined ? [] : type("object")(kubernetes, below(field, "kubernetes"));
}, type("object"));
const anyStep = {
    name: string,
    image: string,
    privileged: boolean,
    pull: boolean,
    directory: string,
    when: oneOrMore(object({ ...condition, matrix: mappingOf(scalar) })),
    volumes: listOf(string),
    depends_on: dependencies,
    detach: boolean,
    backend_options: backendOptions,
};
const pluginStep = object({ ...anyStep, settings: settingsValue, failure: oneOf("fail", "ignore") }, ["image"]);
const commandsStep = object(
    {
        ...anyStep,
        commands: strings,
        environment: settingsValue,
        failure: oneOf("fail", "ignore", "cancel"),
        entrypoint: strings,
        dns: strings,
        dns_search: strings,
    },
    ["image"],
);
const step: Check = (value, field) => {
    const commands = isMapping(value) && ["commands", "entrypoint", "environment"].some((key) => key in value);
    return (commands ? commandsStep : pluginStep)(value, field);
};
const stepList: Check = (value, field) =>
    Array.isArray(value) ? listOf(step)(value, field) : mappingOf(step)(value, field);

const workflow = object(
    {
        $schema: string,
        variables: anything,
        clone: (value, field) => (Array.isArray(value) ? listOf(step)(value, field) : type("object")(value, field)),
        skip_clone: boolean,
        when: oneOrMore(object(condition)),
        steps: stepList,
        services: (value, field) =>
            Array.isArray(value) ? listOf(type("object"))(value, field) : type("object")(value, field),
        workspace: object({ base: string, path: string }),
        matrix: type("object"),
        labels: mappingOf(scalar),
        depends_on: dependencies,
        concurrency: mappingOr(object({ limit: positive, group: string }, ["limit"]), positive),
        runs_on: listOf(string),
    },
    ["steps"],
);

/** What the schema of a workflow file finds; Woodpecker reports these as warnings, never as errors. */
export function checkSyntax(document: unknown): readonly Finding[] {
    return workflow(document, "(root)");
}
