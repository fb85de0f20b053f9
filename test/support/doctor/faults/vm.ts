import { expect } from "chai";
import { RegistryOnVm } from "../../registryVm.js";
import type { Fault } from "../fault.js";

export const onTheVm: readonly Fault[] = [
    {
        check: "registry-vm",
        words: /cache-ghcr-io on root@127\.0\.0\.1: is exited, and should be running/,
        make: async () => {
            const { code, output } = await (await RegistryOnVm.make()).ssh("docker stop registry-cache-ghcr-io-1");
            expect(code, output).equal(0);
        },
    },
    {
        check: "registry-caches",
        words: /ghcr\.io on 127\.0\.0\.1:\d+: answers 502 instead of 200/,
        make: async () => {},
    },
];
