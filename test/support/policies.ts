import type { Check } from "../../policies/lib/check.js";
import type { Properties, Resource } from "../../policies/lib/resource.js";
import { judge } from "../../policies/pack.js";

export function resource(type: string, properties: Properties, secretPaths: readonly string[] = []): Resource {
    return { type, name: "it", properties, secretPaths: new Set(secretPaths) };
}

/** A file that the stack pushes to a repository. */
export function pushedFile(file: string, content: string): Resource {
    return resource("github:index/repositoryFile:RepositoryFile", { repository: "website", file, content });
}

export const githubFile = (content: string) => pushedFile(".github/workflows/build.yml", content);
export const woodpeckerFile = (content: string, name = "deploy") => pushedFile(`.woodpecker/${name}.yml`, content);

/** What the check says, with its own exceptions. */
export function messages(check: Check, of: Resource): string[] {
    return judge(check, of).map(({ message }) => message);
}
