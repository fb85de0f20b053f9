import { createHash, createPublicKey, generateKeyPairSync } from "node:crypto";
import { expect } from "chai";
import * as fc from "fast-check";
import { type SignedRequest, verdictOn } from "../../../../jobs/secret-extension/signature.js";
import { signatureHeaders } from "../../../../sandbox/doubles/woodpecker/extension.js";

/** Made by the library that Woodpecker 3.17 signs with (yaronf/httpsign 0.5.2), with a key of 32 sevens. */
const real = {
    key: createPublicKey(
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=\n-----END PUBLIC KEY-----\n",
    ),
    created: 1795880062,
    body: '{"pipeline":{"event":"push","message":"a \\u003cb\\u003e \\u0026 ü","number":7},"repo":{"full_name":"acme/website"}}\n',
    digest: "sha-256=:MECgRLDBdyYIP3O0n3TWBo9p4ywkrEsVYE2sME9/sFc=:",
    input: 'woodpecker-ci-extensions=("@request-target" "content-digest");created=1795880062;alg="ed25519"',
    signatures: {
        "/secrets":
            "woodpecker-ci-extensions=:KSLUUtl8AdE0fLuJloGKxch3LfOmGhFrq43UjLTAhdOB/nv1Xe7K+bmjDlO1TNSZMQfejntv5pREa4iOyD+uDQ==:",
        "/secrets?for=tests":
            "woodpecker-ci-extensions=:wKNe1zs28rR95hnHfwPGLH+lY1WrYzZ3lK16FN6+NViZhIf2z8r8Fi1HzuRB/AdP7TbPxyVvVqxZD602jaAaDQ==:",
    },
};

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const NOW = 1_800_000_000;
const body = '{"repo":{"full_name":"acme/website"},"pipeline":{"event":"push"}}\n';

function signed(changes: Partial<SignedRequest> = {}, created = NOW): SignedRequest {
    return {
        method: "POST",
        target: "/secrets",
        headers: signatureHeaders("/secrets", body, privateKey, created),
        body: Buffer.from(body),
        ...changes,
    };
}

function refusal(request: SignedRequest, now = NOW): string {
    const verdict = verdictOn(request, publicKey, now);
    return typeof verdict === "string" ? verdict : verdict.refused;
}

const withHeaders = (changes: Readonly<Record<string, string | undefined>>) =>
    signed({ headers: { ...signed().headers, ...changes } });

describe("the signature of Woodpecker's server", () => {
    for (const [target, signature] of Object.entries(real.signatures)) {
        it(`is accepted as its library makes it, for ${target}`, () => {
            const headers = { "content-digest": real.digest, "signature-input": real.input, signature };
            const request = { method: "POST", target, headers, body: Buffer.from(real.body) };
            expect(verdictOn(request, real.key, real.created + 1)).to.equal("good");
            expect(verdictOn({ ...request, target: "/other" }, real.key, real.created + 1)).to.equal("wrong key");
            expect(verdictOn(request, publicKey, real.created + 1)).to.equal("wrong key");
        });
    }

    it("is accepted as the double makes it", () => expect(refusal(signed())).to.equal("good"));

    it("is good for a minute, and a little ahead of time", () => {
        for (const age of [-30, 0, 60]) expect(refusal(signed(), NOW + age)).to.equal("good");
        expect(refusal(signed(), NOW + 61)).to.equal("was signed 61 s ago; see that the clocks agree");
        expect(refusal(signed(), NOW - 31)).to.equal("was signed 31 s ahead; see that the clocks agree");
    });

    it("stands beside others", () => {
        const { signature = "", "signature-input": input = "" } = signatureHeaders("/secrets", body, privateKey, NOW);
        const request = withHeaders({
            signature: `proxy=:AAAA:, ${signature}`,
            "signature-input": `proxy=("@method" "a,b");created=1;keyid="x,woodpecker-ci-extensions=()", ${input}`,
        });
        expect(refusal(request)).to.equal("good");
    });

    const input = (text: string) => withHeaders({ "signature-input": `woodpecker-ci-extensions=${text}` });
    const covered = '("@request-target" "content-digest")';
    const otherDigest = `sha-256=:${createHash("sha256").update("other").digest("base64")}:`;
    const refused: readonly (readonly [string, SignedRequest, RegExp])[] = [
        ["nothing signed", withHeaders({ signature: undefined, "signature-input": undefined }), /has no signature/],
        ["no signature", withHeaders({ signature: undefined }), /has no signature/],
        ["another name", withHeaders({ signature: "sig1=:AAAA:" }), /has no signature/],
        [
            "two of the name",
            withHeaders({ signature: "woodpecker-ci-extensions=:AA==:, woodpecker-ci-extensions=:AA==:" }),
            /has no signature/,
        ],
        ["no base64", withHeaders({ signature: "woodpecker-ci-extensions=:%%:" }), /has no signature/],
        ["garbage", withHeaders({ "signature-input": '(((("' }), /has no signature/],
        ["nothing covered", input(`();created=${NOW}`), /does not sign @request-target and content-digest/],
        ["no digest covered", input(`("@request-target");created=${NOW}`), /does not sign content-digest/],
        ["a component twice", input(`("@request-target" "content-digest" "content-digest");created=${NOW}`), /twice/],
        [
            "an unknown component",
            input(`("@request-target" "content-digest" "@status");created=${NOW}`),
            /signs @status/,
        ],
        ["no time", input(`${covered};alg="ed25519"`), /does not say when/],
        [
            "another algorithm",
            input(`${covered};created=${NOW};alg="hmac-sha256"`),
            /signed by hmac-sha256, not ed25519/,
        ],
        ["an end", input(`${covered};created=${NOW};expires=${NOW - 1}`), /has expired/],
        ["no digest", withHeaders({ "content-digest": undefined }), /has no digest/],
        ["a digest of another kind", withHeaders({ "content-digest": "md5=:AAAA:" }), /has no digest/],
        ["another body", signed({ body: Buffer.from(`${body} `) }), /does not fit its digest/],
        ["another digest", withHeaders({ "content-digest": otherDigest }), /does not fit its digest/],
        ["another path", signed({ target: "/secrets?x" }), /wrong key/],
        ["a changed time", input(`${covered};created=${NOW + 1};alg="ed25519"`), /wrong key/],
    ];
    for (const [what, request, words] of refused)
        it(`is refused: ${what}`, () => expect(refusal(request)).to.match(words));

    it("never holds for another body, path or headers, whatever they are", () => {
        fc.assert(
            fc.property(fc.string(), fc.webPath(), fc.string(), (text, path, header) => {
                fc.pre(text !== body);
                expect(refusal(signed({ body: Buffer.from(text) }))).not.to.equal("good");
                if (path !== "/secrets") expect(refusal(signed({ target: path }))).not.to.equal("good");
                expect(refusal(withHeaders({ "signature-input": header }))).not.to.equal("good");
                expect(refusal(withHeaders({ signature: header }))).not.to.equal("good");
            }),
            { numRuns: 40 },
        );
    });
});
