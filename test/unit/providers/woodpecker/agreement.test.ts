import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import ts from "typescript";
import * as classes from "../../../../providers/woodpecker/index.js";
import { inputsOf, outputsOf, packageSchema, token } from "../../../../providers/woodpecker/plugin/schema.js";
import { configuration, EVENTS, resourceTypes } from "../../../../providers/woodpecker/plugin/table.js";
import { references } from "./reference.js";

const folder = join(__dirname, "../../../../providers/woodpecker");

describe("the Woodpecker provider's README, schema and classes", () => {
    it("documents every resource and property (UPDATE_README=1 writes it)", () => {
        const file = join(folder, "README.md");
        const text = readFileSync(file, "utf8");
        let expected = text;
        for (const [name, reference] of Object.entries(references())) {
            const section = new RegExp(`(<!-- reference: ${name} -->\n)[^]*?(<!-- end -->)`);
            expected = expected.replace(section, (_, start, end) => `${start}\n${reference}\n\n${end}`);
        }
        if (process.env.UPDATE_README) writeFileSync(file, expected);
        else expect(text).to.equal(expected);
    });

    it("has a class for every resource and a resource for every class", () => {
        const names = Object.keys(classes).filter((name) => name !== "Provider");
        expect(names).to.have.members(resourceTypes.map(({ name }) => name));
    });

    const declared = declarations();

    for (const type of resourceTypes) {
        it(`gives ${type.name} the arguments and outputs of the schema`, () => {
            const inputs = inputsOf(type.properties);
            const args = declared.get(`${type.name}Args`) ?? new Map();
            expect([...args.keys()]).to.have.members(Object.keys(inputs));
            for (const [name, { required }] of Object.entries(inputs)) {
                expect(args.get(name)?.optional, `${name} may be left out`).to.equal(!required);
                expect(args.get(name)?.documented, `${name} has a docstring`).to.equal(true);
            }
            expect([...(declared.get(type.name) ?? new Map()).keys()]).to.have.members(
                Object.keys(outputsOf(type.properties)),
            );
            expect(readFileSync(join(folder, "resources", fileOf(type.name)), "utf8")).to.include(`"${token(type)}"`);
        });
    }

    it("gives the provider the arguments of its configuration", () => {
        expect([...(declared.get("ProviderArgs") ?? new Map()).keys()]).to.have.members(Object.keys(configuration));
    });

    it("knows the same events as the type Event", () => {
        const text = readFileSync(join(folder, "resources/event.ts"), "utf8");
        expect([...text.matchAll(/\| "(\w+)"/g)].map(([, event]) => event)).to.have.members([...EVENTS]);
    });

    it("marks secrets in the schema, and no output carries one", () => {
        const { resources } = packageSchema() as {
            resources: Record<string, { inputProperties: object; properties: object }>;
        };
        const secrets = Object.values(resources).flatMap(({ inputProperties }) =>
            Object.entries(inputProperties).filter(([, { secret }]) => secret),
        );
        expect(new Set(secrets.map(([name]) => name))).to.deep.equal(new Set(["value", "password"]));
        for (const { properties } of Object.values(resources)) {
            expect(properties).to.not.have.any.keys("value", "password", "token");
        }
    });
});

interface Member {
    readonly optional: boolean;
    readonly documented: boolean;
}

/** Members of every interface and class below `resources/`, with what they inherit from others there. */
function declarations(): Map<string, Map<string, Member>> {
    const files = ["cron", "provider", "registries", "repository", "secrets"];
    const found = new Map<string, Map<string, Member>>();
    for (const file of files) {
        const path = join(folder, "resources", `${file}.ts`);
        const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
        for (const node of source.statements) {
            if (!ts.isInterfaceDeclaration(node) && !ts.isClassDeclaration(node)) continue;
            const parents = (node.heritageClauses ?? []).flatMap(({ types }) =>
                types.map((t) => t.expression.getText()),
            );
            const members = new Map(parents.flatMap((parent) => [...(found.get(parent) ?? [])]));
            for (const member of node.members as ts.NodeArray<ts.TypeElement | ts.ClassElement>) {
                if (!ts.isPropertySignature(member) && !ts.isPropertyDeclaration(member)) continue;
                members.set(member.name.getText(), {
                    optional: member.questionToken !== undefined,
                    documented: ts.getJSDocCommentsAndTags(member).length > 0,
                });
            }
            found.set(node.name?.text ?? "", members);
        }
    }
    return found;
}

function fileOf(name: string): string {
    if (name.endsWith("Secret")) return "secrets.ts";
    if (name.endsWith("Registry")) return "registries.ts";
    return `${name.toLowerCase()}.ts`;
}
