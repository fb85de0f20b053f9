/** Hands out the value of a secret, or throws why it may not be used here. */
export type SecretValue = (name: string) => string;

type Mapping = Readonly<Record<string, unknown>>;

/** `environment` as variables: names as written, `from_secret` looked up, lists joined by commas, the rest as JSON. */
export function environmentVariables(from: Mapping, secret: SecretValue): Record<string, string> {
    return variables(from, (name) => name, secret);
}

/** `settings` as a plugin sees them: `PLUGIN_` and the name in upper case. */
export function pluginVariables(from: Mapping, secret: SecretValue): Record<string, string> {
    return variables(from, (name) => `PLUGIN_${name.replace(/[.-]/g, "_").toUpperCase()}`, secret);
}

function variables(from: Mapping, named: (name: string) => string, secret: SecretValue): Record<string, string> {
    const entries = Object.entries(from).filter(([, value]) => value !== null && value !== undefined);
    return Object.fromEntries(entries.map(([name, value]) => [named(name), asText(value, secret)]));
}

function asText(value: unknown, secret: SecretValue): string {
    if (typeof value !== "object" || value === null) return String(value);
    if (Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null)) {
        return value.map((item) => (item === null ? "" : String(item))).join(",");
    }
    const filled = withSecrets(value, secret);
    return typeof filled === "string" ? filled : JSON.stringify(filled);
}

function withSecrets(value: unknown, secret: SecretValue): unknown {
    if (Array.isArray(value)) return value.map((item) => withSecrets(item, secret));
    if (typeof value !== "object" || value === null) return value;
    if ("from_secret" in value) {
        if (typeof value.from_secret !== "string") throw new Error("from_secret has to be a string");
        return secret(value.from_secret);
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withSecrets(item, secret)]));
}
