/**
 * Logs somebody in without a browser and returns a token for the API. Works against the double and against a real server,
 * as long as GitHub is the emulated one, which asks for no password.
 *
 * @param woodpeckerUrl for example `http://127.0.0.1:18000`
 * @param githubUrl for example `http://127.0.0.1:18300`
 * @param login the account on the emulated GitHub
 */
export async function login(woodpeckerUrl: string, githubUrl: string, login: string): Promise<string> {
    const start = await step(`GET ${woodpeckerUrl}/authorize`, fetch(`${woodpeckerUrl}/authorize`, manual));
    const asked = new URL(redirectOf(start)).searchParams;
    const form = new URLSearchParams({ login });
    for (const name of ["redirect_uri", "state", "scope", "client_id"]) form.set(name, asked.get(name) ?? "");
    const callback = `${githubUrl}/login/oauth/callback`;
    const granted = await step(`POST ${callback}`, fetch(callback, { ...manual, method: "POST", body: form }));
    const back = await step("the way back from GitHub", fetch(redirectOf(granted), manual));
    const cookie = back.headers
        .getSetCookie()
        .find((value) => value.startsWith("user_sess="))
        ?.split(";")[0];
    if (!cookie) throw new Error(`Woodpecker did not log ${login} in: redirected to ${back.headers.get("location")}`);
    const page = await step("GET /web-config.js", fetch(`${woodpeckerUrl}/web-config.js`, { headers: { cookie } }));
    const csrf = /WOODPECKER_CSRF = "([^"]*)"/.exec(await page.text())?.[1] ?? "";
    const headers = { cookie, "x-csrf-token": csrf };
    const url = `${woodpeckerUrl}/api/user/token`;
    const token = await step(`POST ${url}`, fetch(url, { method: "POST", headers }));
    return token.text();
}

const manual = { redirect: "manual" } as const;

async function step(what: string, pending: Promise<Response>): Promise<Response> {
    const response = await pending.catch((error: Error) => {
        throw new Error(`login to Woodpecker: ${what}: ${error.cause ?? error.message}`);
    });
    if (response.status >= 400) throw new Error(`login to Woodpecker: ${what}: ${response.status}`);
    return response;
}

function redirectOf(response: Response): string {
    const location = response.headers.get("location");
    if (!location) throw new Error(`login to Woodpecker: no redirect from ${response.url}, status ${response.status}`);
    return new URL(location, response.url).href;
}
