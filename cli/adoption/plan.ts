import {
    describeObject,
    ObjectNames,
    type ServerObject,
    type Surroundings,
    type System,
} from "../../components/adoption/serverObject.js";
import type { Live } from "../../components/adoption/servers.js";
import { type Difference, differences, isUnreadable } from "./differences.js";

/** A step of `pulumi preview --json`. */
export interface PreviewStep {
    readonly op: string;
    readonly urn: string;
    readonly newState?: {
        readonly type: string;
        readonly parent?: string;
        readonly inputs?: Readonly<Record<string, unknown>>;
    };
}

/** What the first `up` does to an object; `overwrite`: its value cannot be read, so nobody can tell whether it changes. */
export type Fate = "create" | "keep" | "change" | "overwrite";

export interface PlannedObject extends Omit<ServerObject, "system"> {
    /** `Host`: one that is reached over SSH. */
    readonly system: System | "Host";
    readonly fate: Fate;
    readonly differences: readonly Difference[];
}

/** The objects that an `up` would make or take over: those which the state does not have. */
export function newObjects(steps: readonly PreviewStep[], surroundings: Surroundings) {
    const names = new ObjectNames(surroundings);
    return steps.flatMap(({ op, newState }) => {
        if (!newState || !["create", "import"].includes(op)) return [];
        const { type, parent, inputs = {} } = newState;
        const object = names.of({ type, parent, inputs });
        return object ? [{ object, inputs }] : [];
    });
}

/** Looks at each and says what would come of it, in the order of its name. @param look as `Servers.look` */
export async function planOf(
    planned: ReturnType<typeof newObjects>,
    look: (object: ServerObject) => Promise<Live | undefined>,
): Promise<PlannedObject[]> {
    const objects = await Promise.all(
        planned.map(async ({ object, inputs }): Promise<PlannedObject> => {
            const live = await look(object);
            if (live === undefined) return { ...object, fate: "create", differences: [] };
            const found = differences(object, inputs, live);
            if (isUnreadable(object)) return { ...object, fate: "overwrite", differences: found };
            return { ...object, fate: found.length > 0 ? "change" : "keep", differences: found };
        }),
    );
    return objects.sort(byName);
}

/** For a list of planned objects. */
export function byName(a: PlannedObject, b: PlannedObject): number {
    return describeObject(a) < describeObject(b) ? -1 : 1;
}

const signs: Record<Fate, string> = { create: "+", keep: "=", change: "~", overwrite: "!" };

/** For people: what exists, server by server, with what would change; of what does not exist only how much it is. */
export function planText(objects: readonly PlannedObject[], stack: string): string {
    const count = (fate: Fate) => objects.filter((object) => object.fate === fate).length;
    const systems = [...new Set(objects.map(({ system }) => system))];
    const sections = systems.map((system) => {
        const own = objects.filter((object) => object.system === system);
        const existing = own.filter(({ fate }) => fate !== "create");
        const made = own.length - existing.length;
        return [
            `${system}: ${existing.length} of ${own.length} exist${made > 0 ? `, ${made} would be made` : ""}`,
            ...existing.flatMap((object) => [
                `  ${signs[object.fate]} ${describeObject(object).slice(system.length + 1)}`,
                ...object.differences.map(({ path, live, declared }) => `      ${path}: ${live} -> ${declared}`),
            ]),
        ].join("\n");
    });
    if (objects.length === 0) return `The state of ${stack} has every object; there is nothing to adopt.`;
    return [
        ...sections,
        [
            `The first up of ${stack} would make ${count("create")}, change ${count("change")} (~), write over`,
            `${count("overwrite")} whose value cannot be read (!), and leave ${count("keep")} as they are (=).`,
            "Nothing was changed.",
        ].join(" "),
    ].join("\n\n");
}
