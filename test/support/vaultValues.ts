/**
 * A value under each path and key of Vault that a config names.
 *
 * @param value of one key
 */
export function vaultValues(
    config: unknown,
    value: (path: string, key: string) => string = (path, key) => `planted-${path}-${key}`,
): Map<string, Record<string, string>> {
    const secrets = new Map<string, Record<string, string>>();
    const collect = (part: unknown): void => {
        if (typeof part !== "object" || part === null) return;
        if ("path" in part && "key" in part) {
            const { path, key } = part as { path: string; key: string };
            secrets.set(path, { ...secrets.get(path), [key]: value(path, key) });
        }
        Object.values(part).forEach(collect);
    };
    collect(config);
    return secrets;
}
