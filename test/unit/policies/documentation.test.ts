import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { checks } from "../../../policies/checks/index.js";
import type { Check } from "../../../policies/lib/check.js";

const page = readFileSync(join(__dirname, "../../../docs/policies.md"), "utf8");

function section({ name, severity, description, why, remedy, allow = [] }: Check): string {
    const exceptions = allow.map(({ subject, reason }) => `\n\n**Exception** \`${subject}\`: ${reason}`).join("");
    return `### ${name}\n\n${description} (${severity})\n\n**Why** ${why}\n\n**Remedy** ${remedy}${exceptions}\n`;
}

describe("docs/policies.md", () => {
    for (const check of checks) {
        it(`says of ${check.name} what the code says`, () => expect(page).to.include(section(check)));
    }
    it("knows no policy that is not there", () => {
        const named = [...page.matchAll(/^### (.*)$/gm)].map((match) => match[1]);
        expect(named).to.have.members(checks.map(({ name }) => name));
    });
});
