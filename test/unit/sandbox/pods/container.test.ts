import { expect } from "chai";
import { planOf, type Referred, withMounts } from "../../../../sandbox/pods/container.js";

const referred: Referred = {
    secret: async (name, key, optional) => (optional ? undefined : `${name}.${key}`),
    configMap: async (name, key) => `${name}/${key}`,
    all: async (kind, name) => ({ KIND: kind, NAME: name }),
    field: (path) => `<${path}>`,
};
const mounts = new Map([
    ["/program", "/tmp/pod/program"],
    ["/program/data", "/tmp/pod/data"],
]);

describe("a container as a process", () => {
    it("has paths below a mount in the mount's directory, and no others", () => {
        expect(withMounts("/program/main.js", mounts)).to.equal("/tmp/pod/program/main.js");
        expect(withMounts("--in=/program/data/x --out=/programs/y", mounts)).to.equal(
            "--in=/tmp/pod/data/x --out=/programs/y",
        );
        expect(withMounts("http://host/program", mounts)).to.equal("http://host/program");
    });

    it("runs the command with the arguments and the environment of the template", async () => {
        const plan = await planOf(
            {
                name: "probe",
                command: ["node", "/program/main.js"],
                args: ["--verbose"],
                envFrom: [{ prefix: "P_", secretRef: { name: "login" } }],
                env: [
                    { name: "PLAIN", value: "1" },
                    { name: "FILE", value: "/program/data/ca.pem" },
                    { name: "SECRET", valueFrom: { secretKeyRef: { name: "login", key: "password" } } },
                    { name: "ABSENT", valueFrom: { secretKeyRef: { name: "login", key: "other", optional: true } } },
                    { name: "SETTING", valueFrom: { configMapKeyRef: { name: "settings", key: "level" } } },
                    { name: "WHERE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
                ],
            },
            mounts,
            referred,
        );
        expect(plan).to.deep.equal({
            command: "node",
            args: ["/tmp/pod/program/main.js", "--verbose"],
            environment: {
                P_KIND: "secret",
                P_NAME: "login",
                PLAIN: "1",
                FILE: "/tmp/pod/data/ca.pem",
                SECRET: "login.password",
                SETTING: "settings/level",
                WHERE: "<metadata.namespace>",
            },
        });
    });

    it("refuses what only a node can give", async () => {
        const fails = async (container: object) =>
            planOf({ name: "probe", ...container }, mounts, referred).then(
                () => "",
                (error: Error) => error.message,
            );
        expect(await fails({})).to.contain("names no command");
        const env = [{ name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }];
        expect(await fails({ command: ["node"], env }))
            .to.contain("CPU")
            .and.contain("resourceFieldRef");
    });
});
