import { expect } from "chai";

/** What of a pod's declaration tells which secrets it has. */
interface Pod {
    readonly volumes: readonly object[];
}

/** Demands a pod that has no right in the cluster and one secret: ten minutes of a token that Vault alone takes. */
export function expectNothingButAToken(pod: Pod, serviceAccountName: string, audience: string): void {
    expect(pod).to.include({ automountServiceAccountToken: false, serviceAccountName });
    expect(pod).to.have.nested.property("securityContext.runAsNonRoot", true);
    const sources = (pod.volumes as { projected?: { sources: object[] } }[]).flatMap(
        ({ projected }) => projected?.sources ?? [],
    );
    expect(sources).to.deep.equal([{ serviceAccountToken: { path: "token", audience, expirationSeconds: 600 } }]);
    expect(JSON.stringify(pod)).to.not.match(/secretKeyRef|"secret":/);
}
