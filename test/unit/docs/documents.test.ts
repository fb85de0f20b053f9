import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { buildProgram } from "../../../cli/program.js";
import { blocks } from "../../../config/schema.js";
import { written, documents as writtenDocuments } from "../../../tools/documents.js";
import { anchorsOf, blocksOf, commandsIn, documents, linksOf, root } from "../../support/markdown.js";

const all = documents();
const shell = all.flatMap(blocksOf).filter(({ language }) => language === "sh");
const lines = shell.flatMap((block) => commandsIn(block).map((line) => ({ path: block.path, line })));
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };

describe("the documentation", () => {
    it("has references that are what the schema and the commands say now", () => {
        for (const [path, text] of Object.entries(writtenDocuments())) {
            expect(written(path) === text, `${path} is not current; write it with: npm run docs`).equal(true);
        }
    });

    it("names only npm scripts that exist", () => {
        const named = all.flatMap(({ path, text }) =>
            [...text.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, script = ""]) => ({ path, script })),
        );
        expect(named.length).above(20);
        for (const { path, script } of named) expect(scripts, `${path}: npm run ${script}`).property(script);
    });

    it("names only commands of cicd that exist, with options and arguments they take", () => {
        const used = lines.flatMap(({ path, line }) =>
            [...line.matchAll(/npm run (?:-s )?cicd -- ([^|;&)>#]*)/g)].map(([, words = ""]) => ({
                path,
                words: words.trim(),
            })),
        );
        expect(used.length).above(10);
        for (const { path, words } of used.filter(({ words }) => !words.startsWith("<"))) {
            expect(complaint(words.split(/\s+/)), `${path}: cicd ${words}`).equal(undefined);
        }
    });

    it("names only commands of the sandbox that exist", () => {
        const source = readFileSync(join(root, "sandbox/cli.ts"), "utf8");
        const known = [...source.matchAll(/\.command\("(\w+)/g)].map(([, name]) => name);
        const named = all.flatMap(({ text }) => [...text.matchAll(/npm run (?:-s )?sandbox -- (\w+)/g)]);
        expect(named.length).above(4);
        for (const [line, name] of named) expect(known, line).include(name);
    });

    it("has commands that a shell can read, and JSON and YAML that is some", () => {
        for (const { path, language, text } of all.flatMap(blocksOf)) {
            if (language === "sh") {
                // What stands for a name is no redirection.
                const input = text.replaceAll(/<(\w+)>/g, "$1");
                const { status, stderr } = spawnSync("bash", ["-n"], { input, encoding: "utf8" });
                expect(status, `${path}: ${text}${stderr}`).equal(0);
            }
            if (language === "json") expect(() => JSON.parse(text), `${path}: ${text}`).not.throw();
            if (language === "yaml") expect(() => parse(text), `${path}: ${text}`).not.throw();
        }
    });

    it("has configuration that the schema takes", () => {
        const samples = all
            .flatMap(blocksOf)
            .filter(({ language, text }) => language === "yaml" && /^(config|cicd):/.test(text));
        expect(samples.length).above(3);
        for (const { path, text } of samples) {
            const sample = parse(text) as { config?: Record<string, unknown> };
            const config = sample.config ?? (sample as Record<string, unknown>);
            for (const [key, value] of Object.entries(config)) {
                const name = key.replace(/^cicd:/, "") as keyof typeof blocks.shape;
                const schema = blocks.shape[name];
                expect(schema, `${path}: ${key}`).not.equal(undefined);
                const result = schema.safeParse(value);
                expect(result.success, `${path}: ${key}: ${result.error?.message}`).equal(true);
            }
        }
    });

    it("has links that lead somewhere", () => {
        for (const document of all) {
            for (const { target, anchor } of linksOf(document)) {
                expect(existsSync(join(root, target)), `${document.path}: ${target}`).equal(true);
                if (anchor === "" || !target.endsWith(".md")) continue;
                const text = readFileSync(join(root, target), "utf8");
                expect(anchorsOf({ path: target, text }), `${document.path}: ${target}`).include(anchor);
            }
        }
    });

    it("has a section in a runbook for every alert", () => {
        const sources = globSync("components/**/*.ts", { cwd: root }).map((path) =>
            readFileSync(join(root, path), "utf8"),
        );
        const alerts = sources.flatMap((text) =>
            [...text.matchAll(/"([A-Z][A-Za-z]+)",\s*"(?:critical|warning)"/g)].map(([, name = ""]) =>
                name.toLowerCase(),
            ),
        );
        const sections = all.filter(({ path }) => path.startsWith("docs/runbooks/")).flatMap(anchorsOf);
        expect(alerts.length).above(9);
        for (const alert of alerts) expect(sections).include(alert);
    });
});

/** Why commander would not take a command line; the actions are not run. */
function complaint(words: readonly string[]): string | undefined {
    const program = buildProgram();
    const command = program.commands.find((each) => each.name() === words[0]);
    if (!command) return `no command ${words[0]}`;
    const { operands, unknown } = command
        .exitOverride()
        .configureOutput({ writeErr: () => {} })
        .parseOptions(words.slice(1));
    if (unknown.length > 0) return `no option ${unknown.join(" ")}`;
    const { registeredArguments: known } = command;
    const most = known.some(({ variadic }) => variadic) ? Number.POSITIVE_INFINITY : known.length;
    const least = known.filter(({ required }) => required).length;
    if (operands.length > most || operands.length < least) return `${operands.length} arguments`;
    return undefined;
}
