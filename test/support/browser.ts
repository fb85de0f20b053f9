import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { usePrograms } from "./programs.js";

/** What a reader looks with. */
export interface Screen {
    readonly width: number;
    readonly height: number;
    readonly colorScheme: "light" | "dark";
}

/** The narrowest phone that is sold, and a desk. */
export const screens: readonly Screen[] = (["light", "dark"] as const).flatMap((colorScheme) => [
    { width: 360, height: 740, colorScheme },
    { width: 1280, height: 900, colorScheme },
]);

/** What a reader would stumble over. */
export interface Troubles {
    /** Whatever was asked for besides the file itself, and what the browser complained of. */
    readonly requests: readonly string[];
    readonly complaints: readonly string[];
    /** Pixels by which the page is wider than the screen. */
    readonly overhang: number;
    /** Texts that are hard to read, with their contrast. */
    readonly faint: readonly string[];
    /** Texts that nothing is seen of, or that are cut off. */
    readonly cut: readonly string[];
}

type Seen = Pick<Troubles, "overhang" | "faint" | "cut">;

/** Text, as it runs in the page and knows nothing of this program. */
const inspection = readFileSync(join(__dirname, "inspectPage.js"), "utf8");

/** A headless browser without a network. */
export class PageReader {
    private constructor(
        private readonly browser: Browser,
        private readonly directory: string,
    ) {}

    static async start(): Promise<PageReader> {
        await usePrograms("chromium-headless-shell");
        const executablePath = execFileSync("which", ["chromium-headless-shell"], { encoding: "utf8" }).trim();
        const browser = await chromium.launch({ executablePath, args: ["--disable-gpu"] });
        return new PageReader(browser, mkdtempSync(join(tmpdir(), "pages-")));
    }

    /**
     * Opens a document as a file.
     *
     * @param look more questions to the page
     * @returns what is wrong with it
     */
    async read(
        name: string,
        text: string,
        screen: Screen,
        look: (page: Page) => Promise<void> = async () => {},
    ): Promise<Troubles> {
        const file = join(this.directory, name);
        writeFileSync(file, text);
        const { width, height, colorScheme } = screen;
        const context = await this.browser.newContext({ viewport: { width, height }, colorScheme, offline: true });
        try {
            const page = await context.newPage();
            const [requests, complaints]: [string[], string[]] = [[], []];
            page.on("request", (request) => requests.push(request.url()));
            page.on("console", (message) => complaints.push(message.text()));
            page.on("pageerror", (error) => complaints.push(error.message));
            await page.goto(`file://${file}`);
            await look(page);
            const seen = await page.evaluate<Seen>(inspection);
            return { requests: requests.filter((url) => url !== `file://${file}`), complaints, ...seen };
        } finally {
            await context.close();
        }
    }

    async stop(): Promise<void> {
        await this.browser.close();
        rmSync(this.directory, { recursive: true, force: true });
    }
}
