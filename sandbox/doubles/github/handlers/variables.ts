import {
    type Call,
    created,
    invalid,
    noContent,
    notFound,
    objectIn,
    ok,
    page,
    type Reply,
    refusal,
    timestamp,
} from "../call.js";
import type { GitHub, Permitted } from "../github.js";
import type { StoredVariable } from "../state.js";

const variablesOf = (github: GitHub, { repository }: Permitted): Record<string, StoredVariable> => {
    github.additions.variables[repository.id] ??= {};
    return github.additions.variables[repository.id] as Record<string, StoredVariable>;
};

const nameIn = (call: Call): string => call.params.name?.toUpperCase() ?? "";

export async function listVariables(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const all = Object.values(variablesOf(github, permitted)).sort((a, b) => a.name.localeCompare(b.name));
    return page(call, all, github.root, (variables) => ({ total_count: all.length, variables }));
}

export async function readVariable(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const variable = variablesOf(github, permitted)[nameIn(call)];
    return variable ? ok(variable) : notFound;
}

export async function createVariable(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const { name, value } = objectIn(call);
    if (typeof name !== "string") return invalid("Variable", "name", "missing_field");
    if (typeof value !== "string") return invalid("Variable", "value", "missing_field");
    const key = name.toUpperCase();
    if (!/^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/.test(key)) return invalid("Variable", "name", "invalid");
    const variables = variablesOf(github, permitted);
    if (variables[key]) return refusal(409, "Already exists - Variable already exists");
    variables[key] = { name: key, value, created_at: timestamp(), updated_at: timestamp() };
    return created({});
}

export async function updateVariable(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const variables = variablesOf(github, permitted);
    const before = variables[nameIn(call)];
    if (!before) return notFound;
    const body = objectIn(call);
    const name = typeof body.name === "string" ? body.name.toUpperCase() : before.name;
    const value = typeof body.value === "string" ? body.value : before.value;
    delete variables[before.name];
    variables[name] = { ...before, name, value, updated_at: timestamp() };
    return noContent;
}

export async function deleteVariable(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const variables = variablesOf(github, permitted);
    if (!variables[nameIn(call)]) return notFound;
    delete variables[nameIn(call)];
    return noContent;
}
