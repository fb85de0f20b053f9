import { expect } from "chai";
import { containerdConfiguration } from "../../../../sandbox/parts/kubernetes/containerd.js";
import { kubeletConfiguration } from "../../../../sandbox/parts/kubernetes/kubelet.js";
import { kwokStages, missingTag } from "../../../../sandbox/parts/kubernetes/kwokStages.js";
import { pkiIn } from "../../../../sandbox/parts/kubernetes/pki.js";

describe("the node of the sandbox", () => {
    const kubelet = kubeletConfiguration(pkiIn("/pki"), 18250);

    it("listens on loopback only", () => {
        expect(kubelet).to.deep.include({ address: "127.0.0.1", port: 18250, readOnlyPort: 0, healthzPort: 0 });
        expect(containerdConfiguration("/network", "/hosts", "overlayfs")).to.contain(
            'stream_server_address = "127.0.0.1"',
        );
    });

    it("lets nobody in without credentials", () => {
        expect(kubelet.authentication).to.deep.include({ anonymous: { enabled: false } });
        expect(kubelet.authorization).to.deep.equal({ mode: "Webhook" });
    });

    it("throws out no pod and no image for want of space", () => {
        expect(kubelet.imageGCHighThresholdPercent).to.equal(100);
        expect(Object.values(kubelet.evictionHard as object)).to.satisfy((limits: string[]) =>
            limits.every((limit) => limit === "0%"),
        );
    });

    it("where it is simulated, takes exactly one tag for missing", () => {
        const text = JSON.stringify(kwokStages);
        expect(text).to.contain("ErrImagePull").and.to.contain(missingTag);
        expect(missingTag, "passes for a tag").to.match(/^[0-9a-f]{8}$/);
    });
});
