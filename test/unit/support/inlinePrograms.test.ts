import { Server, ServerCredentials, type sendUnaryData, status } from "@grpc/grpc-js";
import * as server from "@pulumi/pulumi/automation/server.js";
import { RunRequest } from "@pulumi/pulumi/proto/language_pb.js";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import { RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb.js";
import { expect } from "chai";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import "../../support/inlinePrograms.js";

type Answer = (error: Error | undefined) => void;

/** It is missing from the SDK's types. */
interface LanguageServerClass {
    new (program: () => Promise<unknown>): { run(call: { request: RunRequest }, answer: Answer): Promise<void> };
}

const { LanguageServer } = server as unknown as { LanguageServer: LanguageServerClass };

/** Where nobody listens. */
const NOBODY = "127.0.0.1:1";

describe("a run of an inline program", () => {
    const monitor = new Server();
    let address: string;
    let begun: boolean;

    before((done) => {
        // Takes the stack, as any resource, and knows nothing else.
        const methods = Object.keys(ResourceMonitorService).map((name) => {
            const unknown = (_: unknown, answer: sendUnaryData<unknown>) => answer({ code: status.UNIMPLEMENTED });
            return [name, unknown] as const;
        });
        const registerResource = (_: unknown, answer: sendUnaryData<RegisterResourceResponse>) =>
            answer(null, new RegisterResourceResponse().setUrn("urn:pulumi:test::project::pulumi:pulumi:Stack::test"));
        const registerResourceOutputs = (_: unknown, answer: sendUnaryData<Empty>) => answer(null, new Empty());
        const known = { registerResource, registerResourceOutputs };
        monitor.addService(ResourceMonitorService, { ...Object.fromEntries(methods), ...known });
        monitor.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
            address = `127.0.0.1:${port}`;
            done(error);
        });
    });
    beforeEach(() => {
        begun = false;
    });
    after(() => monitor.forceShutdown());

    /** What the run answers to the engine that asked for it. */
    function answerTo(resourceMonitor: string, engine: string): Promise<Error | undefined> {
        const request = new RunRequest();
        request.setMonitorAddress(resourceMonitor);
        request.setArgsList([engine]);
        const program = async () => {
            begun = true;
        };
        return new Promise((resolve) => void new LanguageServer(program).run({ request }, resolve));
    }

    it("is done when its program is", async () => {
        expect(await answerTo(address, "")).to.equal(undefined);
        expect(begun).to.equal(true);
    });

    it("is no success when the engine does not answer before the program begins", async () => {
        const answer = await answerTo(address, NOBODY);
        expect(String(answer)).to.include("cut off from its engine before the program began: Error: 14 UNAVAILABLE");
        expect(begun).to.equal(false);
    });

    it("is no success when it knows no engine, though its program runs", async () => {
        const answer = await answerTo("", "");
        expect(String(answer)).to.include("cut off from its engine before the program began: it has no address");
        expect(begun).to.equal(true);
    });
});
