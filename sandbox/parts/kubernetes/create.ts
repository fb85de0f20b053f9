import { ApiException, type KubernetesObject, type KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";

/** Creates the object; one of that name that is there already stays as it is. */
export async function createIfMissing(api: KubernetesObjectApi, object: KubernetesObject): Promise<void> {
    try {
        await api.create(object);
    } catch (error) {
        const conflict = 409;
        if (!(error instanceof ApiException && error.code === conflict)) throw error;
    }
}

/** Makes the object what is wanted, whoever changed it. */
export async function apply(api: KubernetesObjectApi, object: KubernetesObject): Promise<void> {
    await api.patch(object, undefined, undefined, "sandbox", true, PatchStrategy.ServerSideApply);
}
