import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { EVENTS } from "../../../providers/woodpecker/plugin/tables/shape.js";

/** A secret as the server keeps it. */
export interface StoredSecret {
    readonly name: string;
    readonly value: string;
    readonly events: readonly string[];
    readonly images: readonly string[] | null;
    readonly note: string;
}

interface Reply {
    readonly status: number;
    readonly text: string;
}

type Sent = Partial<Record<"name" | "value" | "note", string>> & Partial<Record<"events" | "images", string[]>>;

const PAGE = 50;
const image = /^([\w.-]+(:\d+)?\/)?([\w.-][\w./-]*\/)?([\w.-]+)(:[\w-]+)?(@sha256:[a-f\d]{64})?$/;

/**
 * The secrets of a Woodpecker server, in memory: statuses, words and traps as a real 3.17 server has them
 * (`woodpeckerStub.test.ts` holds them to what one answered). Organisation `acme` is 3, repository `acme/website` 1.
 */
export class WoodpeckerStub {
    readonly token = "stub-admin-token-3f9c27";
    /** By the path below `/api`: `/secrets`, `/orgs/3/secrets`, `/repos/1/secrets`. */
    readonly places = new Map<string, StoredSecret[]>([
        ["/secrets", []],
        ["/orgs/3/secrets", []],
        ["/repos/1/secrets", []],
    ]);
    /** False: a server before 3.13. */
    notes = true;

    private constructor(private readonly server: Server) {}

    static async start(): Promise<WoodpeckerStub> {
        const server = createServer();
        const stub = new WoodpeckerStub(server);
        server.on("request", async (incoming, outgoing) => {
            const chunks: Buffer[] = [];
            for await (const chunk of incoming) chunks.push(chunk as Buffer);
            const form = !/^application\/json/.test(incoming.headers["content-type"] ?? "");
            const text = Buffer.concat(chunks).toString();
            const authorized = incoming.headers.authorization === `Bearer ${stub.token}`;
            const { status, text: answer } = authorized
                ? stub.#answer(incoming.method ?? "", incoming.url ?? "", form || text === "" ? {} : JSON.parse(text))
                : { status: 401, text: "User not authorized" };
            outgoing.writeHead(status).end(answer);
        });
        await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
        return stub;
    }

    get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    secret(name: string, place = "/secrets"): StoredSecret | undefined {
        return this.places.get(place)?.find((one) => one.name === name);
    }

    async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((closed) => this.server.close(closed));
    }

    #answer(method: string, url: string, sent: Sent): Reply {
        const { pathname, searchParams } = new URL(url, "http://stub");
        const path = pathname.replace(/^\/api/, "");
        const lookup = path.toLowerCase();
        if (lookup === "/orgs/lookup/acme") return { status: 200, text: '{"id":3,"forge_id":1,"name":"acme"}' };
        if (lookup === "/repos/lookup/acme/website")
            return { status: 200, text: '{"id":1,"full_name":"acme/website"}' };
        const [, place = "", encoded] = /^(.*?\/secrets)(?:\/([^/]+))?$/.exec(path) ?? [];
        const all = this.places.get(place);
        if (!all) return { status: 404, text: "" };
        const name = encoded === undefined ? undefined : decodeURIComponent(encoded);
        if (name === undefined) {
            return method === "POST"
                ? this.#create(place, all, sent)
                : this.#page(all, Number(searchParams.get("page") ?? 1));
        }
        const at = all.findIndex((one) => one.name === name);
        const found = all[at];
        if (!found) return { status: 404, text: "" };
        if (method === "GET") return this.#shown(found);
        if (method === "PATCH") return this.#change(place, all, at, found, sent);
        all.splice(at, 1);
        return { status: 204, text: "" };
    }

    #page(all: readonly StoredSecret[], page: number): Reply {
        const sorted = all.toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice((page - 1) * PAGE, page * PAGE);
        return { status: 200, text: `[${sorted.map((one) => this.#shown(one).text).join(",")}]` };
    }

    #create(place: string, all: StoredSecret[], sent: Sent): Reply {
        const { name = "", value = "", events = [], images = null, note = "" } = sent;
        const secret = { name, value, images, note, events: events.toSorted() };
        const what = wordFor(place);
        const problem = problemOf(secret);
        if (problem) return { status: 422, text: `Error inserting ${what}secret. ${problem}` };
        if (all.some((one) => one.name === name)) {
            const reason = "on insert duplicate based on constraints was detected";
            return { status: 500, text: `Error inserting ${what}secret ${JSON.stringify(name)}. ${reason}` };
        }
        all.push(secret);
        return this.#shown(secret);
    }

    #change(place: string, all: StoredSecret[], at: number, found: StoredSecret, sent: Sent): Reply {
        const changed = {
            name: found.name,
            value: sent.value || found.value,
            events: (sent.events ?? found.events).toSorted(),
            images: sent.images ?? found.images,
            note: sent.note ?? found.note,
        };
        const problem = problemOf(changed);
        if (problem) {
            return {
                status: place === "/secrets" ? 400 : 422,
                text: `Error updating ${wordFor(place)}secret. ${problem}`,
            };
        }
        all[at] = changed;
        return this.#shown(changed);
    }

    #shown({ name, images, events, note }: StoredSecret): Reply {
        const shown = { id: 1, org_id: 0, repo_id: 0, name, images, events, ...(this.notes && { note }) };
        return { status: 200, text: JSON.stringify(shown) };
    }
}

const wordFor = (place: string) => (place === "/secrets" ? "global " : "");

function problemOf({ name, value, events, images }: StoredSecret): string | undefined {
    const unknown = events.find((event) => !EVENTS.includes(event as (typeof EVENTS)[number]));
    if (unknown !== undefined) return `invalid webhook event: ${unknown}\ninvalid secret event`;
    if (events.length === 0) return "invalid secret event: no event specified";
    const wrong = images?.find((one) => !image.test(one));
    if (wrong !== undefined) return `invalid secret image: image '${wrong}' do not match regexp`;
    if (name === "") return "invalid secret name: empty name";
    return value === "" ? "invalid secret value: empty value" : undefined;
}
