import { randomBytes } from "node:crypto";
import type { ForgeRepo } from "../forge.js";
import { type Repo, shown } from "../model.js";

/** A row for a repository that was never active, with the server's defaults. */
export function fromForge(from: ForgeRepo): Omit<Repo, "id"> {
    return {
        forge_id: 1,
        forge_remote_id: from.remoteId,
        org_id: 0,
        owner: from.owner,
        name: from.name,
        full_name: from.fullName,
        avatar_url: from.avatar,
        forge_url: from.url,
        clone_url: from.cloneUrl,
        clone_url_ssh: from.cloneSshUrl,
        default_branch: from.defaultBranch,
        pr_enabled: true,
        timeout: 60,
        visibility: from.private ? "private" : "public",
        private: from.private,
        trusted: { network: false, volumes: false, security: false },
        require_approval: "forks",
        approval_allowed_users: null,
        active: false,
        allow_pr: true,
        allow_deploy: false,
        config_file: "",
        cancel_previous_pipeline_events: ["push", "pull_request"],
        netrc_trusted: null,
        config_extension_endpoint: "",
        config_extension_exclusive: false,
        config_extension_netrc: false,
        registry_extension_endpoint: "",
        registry_extension_netrc: false,
        secret_extension_endpoint: "",
        secret_extension_netrc: false,
        hidden: { userId: 0, hash: randomBytes(32).toString("hex").toUpperCase() },
    };
}

/** Takes over what GitHub now says; visibility and the settings of the registration stay. */
export function updateFrom(repo: Repo, from: ForgeRepo): void {
    Object.assign(repo, {
        forge_remote_id: from.remoteId,
        owner: from.owner,
        name: from.name,
        full_name: from.fullName,
        avatar_url: from.avatar,
        forge_url: from.url,
        clone_url: from.cloneUrl || repo.clone_url,
        clone_url_ssh: from.cloneSshUrl || repo.clone_url_ssh,
        default_branch: from.defaultBranch,
    });
}

/** The repository as the API shows it: some fields only where they have a value. */
export function showRepo(repo: Repo): object {
    const omittedWhenEmpty = ["id", "forge_id", "avatar_url", "forge_url", "clone_url", "default_branch", "timeout"];
    return Object.fromEntries(
        Object.entries(shown(repo)).filter(
            ([key, value]) => !omittedWhenEmpty.includes(key) || (value !== "" && value !== 0),
        ),
    );
}
