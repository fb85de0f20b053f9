import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { parseSettings } from "../../../../config/parse.js";
import { type Calls, register, settled } from "../../../support/mocks.js";
import { rawSettings } from "../../../support/settings.js";

const source = (path: string, key: string) => ({ vault: { path, key } });
const settings = parseSettings(
    rawSettings({
        apps: {},
        credentials: {
            dockerhubUsername: source("ci/dockerhub", "username"),
            dockerhubToken: source("ci/dockerhub", "token"),
            slackWebhook: "from config",
        },
    }),
);

async function read(
    calls: Calls,
    use: (credentials: import("../../../../components/vault/credentials.js").Credentials) => Promise<unknown>,
) {
    await register(
        async () => {
            const { Credentials } = await import("../../../../components/vault/credentials.js");
            await use(await Credentials.read(settings));
        },
        { calls },
    );
}

describe("Credentials", () => {
    it("marks secret what comes from Vault and what comes from config, and asks Vault once a path", async () => {
        const asked: unknown[] = [];
        const values: unknown[] = [];
        await read(
            (_token, { mount, name }) => {
                asked.push(`${mount}/${name}`);
                return { data: { username: "acme", token: "dockerhub-token" } };
            },
            async (credentials) => {
                for (const name of ["dockerhubUsername", "dockerhubToken", "slackWebhook"] as const) {
                    values.push(await settled(credentials.get(name)));
                }
                expect(credentials.find("woodpeckerToken")).to.equal(undefined);
            },
        );
        expect(values).to.deep.equal([
            { value: "acme", secret: true },
            { value: "dockerhub-token", secret: true },
            { value: "from config", secret: true },
        ]);
        expect(asked).to.deep.equal(["secret/ci/dockerhub"]);
    });

    const refused = async (calls: Calls): Promise<Error> => {
        let refusal: unknown;
        await read(calls, async () => {}).catch((error: unknown) => {
            refusal = error;
        });
        expect(refusal).to.satisfy(pulumi.RunError.isInstance);
        return refusal as Error;
    };

    it("says which secret is missing, who asked for it and what to do, without a stack trace", async () => {
        const error = await refused(() => {
            throw new Error("no secret");
        });
        expect(error.message)
            .to.contain("Credentials cannot be read from Vault at https://vault.example.org")
            .and.contain(
                "secret/ci/dockerhub (for cicd:credentials.dockerhubUsername, cicd:credentials.dockerhubToken): ",
            )
            .and.contain("VAULT_TOKEN");
    });

    it("names the keys there are, never their values, when one is missing", async () => {
        const error = await refused(() => ({ data: { username: "acme", tokn: "recognisable" } }));
        expect(error.message)
            .to.contain(
                'secret/ci/dockerhub (for cicd:credentials.dockerhubToken): nothing under "token"; its keys are tokn, username',
            )
            .and.not.contain("recognisable");
    });
});
