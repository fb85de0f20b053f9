/** An image reference, taken apart. */
export interface ImageReference {
    /** Registry and path, as written. */
    readonly repository: string;
    readonly tag?: string;
    readonly digest?: string;
}

/** Takes a reference such as `127.0.0.1:5000/acme/shop:1.2@sha256:…` apart; undefined where it is none. */
export function parseImage(text: string): ImageReference | undefined {
    const parts =
        /^((?:[\w.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::([\w][\w.-]{0,127}))?(?:@(\w+:[0-9a-f]{32,}))?$/.exec(
            text,
        );
    if (!parts?.[1]) return undefined;
    const [, repository, tag, digest] = parts;
    return { repository, ...(tag && { tag }), ...(digest && { digest }) };
}

/** Last part of the repository: `registry` of `docker.io/library/registry`. */
export function baseName({ repository }: ImageReference): string {
    return repository.slice(repository.lastIndexOf("/") + 1);
}
