import { organisation } from "../seed/github.js";

/** An application of the sandbox, as its developers know it. */
export interface DemoApp {
    readonly name: string;
    /** `owner/name` on GitHub. */
    readonly repository: string;
    readonly builtBy: "github-actions" | "woodpecker";
    /** Files that the repository must have before anything can be built. */
    readonly sources: Readonly<Record<string, string>>;
    /** What has to run the new image at the end. */
    readonly deployments: readonly { readonly namespace: string; readonly name: string }[];
}

const dockerfile = 'FROM scratch\nCOPY app /app\nENTRYPOINT ["/app"]\n';

export const demoApps: readonly DemoApp[] = [
    {
        name: "website",
        repository: `${organisation}/website`,
        builtBy: "github-actions",
        sources: { Dockerfile: dockerfile },
        deployments: [{ namespace: "website", name: "website" }],
    },
    {
        name: "shop",
        repository: `${organisation}/shop`,
        builtBy: "github-actions",
        sources: { "backend/Dockerfile": dockerfile, "frontend/Dockerfile": dockerfile },
        deployments: [
            { namespace: "shop", name: "backend" },
            { namespace: "shop", name: "frontend" },
        ],
    },
    {
        name: "travel-blog",
        repository: `${organisation}/travel-blog`,
        builtBy: "woodpecker",
        sources: { Dockerfile: dockerfile },
        deployments: [{ namespace: "travel-blog", name: "travel-blog" }],
    },
];
