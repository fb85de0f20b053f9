import { expect } from "chai";
import { parseReference } from "../../../../../jobs/lib/registry/reference.js";

const digest = `sha256:${"a".repeat(64)}`;

describe("the name of an image", () => {
    for (const [text, parsed] of Object.entries({
        "app:v1": { repository: "app", reference: "v1" },
        "team/app:1a2b3c4d": { repository: "team/app", reference: "1a2b3c4d" },
        "registry.example.org:5050/team/app:v1": {
            host: "registry.example.org:5050",
            repository: "team/app",
            reference: "v1",
        },
        "localhost/app:v1": { host: "localhost", repository: "app", reference: "v1" },
        [`r.example.org/app@${digest}`]: { host: "r.example.org", repository: "app", reference: digest },
        [`r.example.org/app:v1@${digest}`]: { host: "r.example.org", repository: "app", reference: digest },
    })) {
        it(`is read: ${text}`, () => expect(parseReference(text)).to.deep.equal(parsed));
    }

    for (const text of ["app", "r.example.org:5050/app", "App:v1", "app:", "app:a b", "app@sha256:1", "", "a//b:v1"]) {
        it(`is refused: "${text}"`, () => expect(() => parseReference(text)).to.throw(`"${text}"`));
    }
});
