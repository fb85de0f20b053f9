import { expect } from "chai";
import fc from "fast-check";
import { Deadline } from "../../../../jobs/lib/deadline.js";
import { HttpClient } from "../../../../jobs/lib/http.js";
import { gauge, renderMetrics } from "../../../../jobs/lib/metrics.js";
import { groupPath, PushError, push } from "../../../../jobs/lib/pushgateway.js";
import { HttpStub, hangUp } from "../../../support/httpStub.js";

const gauges = [gauge("x", "An x.", 1)];
const route = "PUT /metrics/job/probe/instance/a";

describe("the metrics' text", () => {
    it("has help, type and samples of each family, and ends in a newline", () => {
        const failures = { name: "f", help: "F\\\n", samples: [{ labels: { tag: 'a"\\\n', class: "c" }, value: 2 }] };
        expect(renderMetrics([...gauges, failures])).to.equal(
            '# HELP x An x.\n# TYPE x gauge\nx 1\n# HELP f F\\\\\\n\n# TYPE f gauge\nf{tag="a\\"\\\\\\n",class="c"} 2\n',
        );
    });

    it("stays one line a sample, whatever a label holds", () => {
        fc.assert(
            fc.property(fc.string({ unit: "grapheme" }), (value) => {
                const text = renderMetrics([{ name: "x", help: "", samples: [{ labels: { value }, value: 1 }] }]);
                expect(text.split(/\r|\n/)).to.have.lengthOf(4);
            }),
        );
    });

    it("leaves out a family without samples", () => {
        expect(renderMetrics([{ name: "x", help: "", samples: [] }])).to.equal("");
    });
});

describe("a push to the Pushgateway", () => {
    let gateway: HttpStub;
    const http = new HttpClient({ connections: 1 });
    beforeEach(async () => {
        gateway = await HttpStub.start();
    });
    afterEach(() => gateway.stop());
    after(() => http.close());
    const put = (seconds = 20) =>
        push(http, new Deadline(seconds), {
            gateway: new URL(`${gateway.url}/`),
            group: { job: "probe", instance: "a" },
            gauges,
        });

    it("is one PUT with the instance in its path", async () => {
        gateway.on(route, { status: 200 });
        await put();
        expect(gateway.requests).to.have.lengthOf(1);
        expect(gateway.asked(route)[0]?.body).to.equal("# HELP x An x.\n# TYPE x gauge\nx 1\n");
    });

    it("that is refused fails at once, with the gateway's words", async () => {
        gateway.on(route, { status: 400, body: "text format parsing error in line 1" });
        const error = await put().catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(PushError);
        expect(String(error)).to.contain("400 text format parsing error in line 1");
        expect(gateway.requests).to.have.lengthOf(1);
    });

    it("is tried again when the gateway has trouble of its own", async () => {
        gateway.on(route, { status: 503 }, { status: 200 });
        await put();
        expect(gateway.requests).to.have.lengthOf(2);
    }).timeout(10_000);

    it("does not go on past its deadline", async () => {
        gateway.on(route, hangUp);
        const started = performance.now();
        const error = String(await put(0.3).catch((thrown: unknown) => thrown));
        expect(error, error).to.match(/did not take.*hang up/);
        expect(performance.now() - started).to.be.lessThan(2000);
    });

    it("escapes what would not pass in a path", () => {
        expect(groupPath({ job: "j", instance: "https://r/x" })).to.equal("/job/j/instance@base64/aHR0cHM6Ly9yL3g");
        expect(groupPath({ job: "j", instance: "a b?" })).to.equal("/job/j/instance/a%20b%3F");
    });
});
