import * as z from "zod";
import { type Environment, readEnvironment } from "../lib/environment.js";
import { UsageError } from "../lib/errors.js";
import { serviceUrl, wholeNumber } from "../lib/fields.js";
import { type ExpectedRule, parseExpected } from "./expected.js";

const secretText = z.string().meta({ secret: true });
const words = z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ""));
const flag = z.enum(["true", "false"], 'is neither "true" nor "false"').transform((text) => text === "true");
const LABEL = "[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?";

/** `configmap:<namespace>/<name>`, or a path. */
const historyPlace = z.string().transform((text, context): HistoryPlace => {
    if (!text.startsWith("configmap:")) return { file: text };
    const match = new RegExp(`^configmap:(${LABEL})/(${LABEL})$`).exec(text);
    if (match) return { namespace: match[1] ?? "", name: match[2] ?? "" };
    context.addIssue({ code: "custom", message: "is neither configmap:<namespace>/<name> nor a path" });
    return z.NEVER;
});

export const fields = {
    STACKS: words.default([]).describe("Pulumi stacks to look at, separated by blanks"),
    PROGRAM_DIRECTORY: z.string().default(".").describe("where the program of these stacks is (.)"),
    TERRAFORM_STACKS: words.default([]).describe("directories of terragrunt or terraform; dir/* is each one in dir"),
    TERRAFORM_SKIP: words.default([]).describe("names that dir/* leaves out"),
    TERRAFORM_COMMAND: z.string().default("terragrunt").describe("what plans them (terragrunt)"),
    AUDIT: flag.default(true).describe("false: only what the engine sees (true)"),
    EXPECTED: z.string().optional().describe("what is expected, as YAML: a list of {resource, reason, until, …}"),
    HISTORY: historyPlace
        .prefault("drift-history.json")
        .describe("where ages are kept: configmap:<namespace>/<name> or a file (drift-history.json)"),
    BY_HAND: flag.default(false).describe("true: nobody is told, and what is not looked at stays remembered (false)"),
    PUSHGATEWAY_URL: serviceUrl.optional().describe("where metrics go; none: they go nowhere"),
    INSTANCE: z.string().optional().describe("label of the metrics, where several of these jobs push to one gateway"),
    SLACK_WEBHOOK: z.url().optional().meta({ secret: true }).describe("where news go; none: only the report has them"),
    REMIND_AFTER_HOURS: wholeNumber(0, 8760).prefault("168").describe("when news are told again, 0 for never (168)"),
    REPORT_DIR: z.string().optional().describe("where drift.md and drift.html are written"),
    REPORT_URL: z.url().optional().describe("where people read the report, for the message"),
    TOLD_FILE: z.string().optional().describe("is written when the run came to its end and was told as it should"),
    CONFIRM_AFTER_SECONDS: wholeNumber(0, 3600).prefault("60").describe("between a look and the next (60)"),
    PREVIEW_SECONDS: wholeNumber(5, 7200).prefault("900").describe("time for one preview or plan (900)"),
    DEADLINE_SECONDS: wholeNumber(10, 86_400).prefault("3600").describe("when the run must have ended (3600)"),
    REQUEST_TIMEOUT_SECONDS: wholeNumber(1, 600).prefault("30").describe("time for one request (30)"),
    VAULT_ADDR: serviceUrl.optional().describe("address of Vault; none: the one of the stack's provider"),
    VAULT_TOKEN: secretText.optional().describe("Vault token that may read"),
    GITHUB_TOKEN: secretText.optional().describe("GitHub token that may read"),
    WOODPECKER_SERVER: serviceUrl.optional().describe("address of Woodpecker; none: the one of the stack's provider"),
    WOODPECKER_TOKEN: secretText.optional().describe("Woodpecker token that may read"),
    PULUMI_CONFIG_PASSPHRASE: secretText.optional().describe("and everything else that pulumi reads"),
};

export type HistoryPlace = { readonly file: string } | { readonly namespace: string; readonly name: string };

export interface DriftSettings {
    readonly stacks: readonly string[];
    readonly directory: string;
    readonly terraform: {
        readonly stacks: readonly string[];
        readonly skip: readonly string[];
        readonly command: string;
    };
    readonly audit: boolean;
    readonly expected: readonly ExpectedRule[];
    readonly history: HistoryPlace;
    readonly byHand: boolean;
    readonly gateway?: URL;
    readonly instance?: string;
    readonly slackWebhook?: string;
    readonly remindSeconds: number;
    readonly reportDirectory?: string;
    readonly reportUrl?: string;
    readonly toldFile?: string;
    readonly confirmSeconds: number;
    readonly previewSeconds: number;
    readonly deadlineSeconds: number;
    readonly requestTimeoutSeconds: number;
    readonly vault: { readonly address?: URL; readonly token?: string };
    readonly githubToken?: string;
    readonly woodpecker: { readonly server?: URL; readonly token?: string };
    /** What no message may hold. */
    readonly secrets: readonly string[];
    /** What the engines get. */
    readonly environment: NodeJS.ProcessEnv;
}

/** @throws UsageError that names each variable or argument at fault */
export function driftSettings(argv: readonly string[], environment: Environment): DriftSettings {
    if (argv.length > 0)
        throw new UsageError(`Unknown arguments "${argv.join(" ")}"; it is told what to do by its environment`);
    const read = readEnvironment(fields, environment);
    if (read.STACKS.length + read.TERRAFORM_STACKS.length === 0) {
        throw new UsageError("The configuration has errors:\n  STACKS, TERRAFORM_STACKS: name at least one stack");
    }
    const { VAULT_TOKEN, GITHUB_TOKEN, WOODPECKER_TOKEN, SLACK_WEBHOOK, PULUMI_CONFIG_PASSPHRASE } = read;
    const given = { VAULT_TOKEN, GITHUB_TOKEN, WOODPECKER_TOKEN, PULUMI_CONFIG_PASSPHRASE };
    return {
        stacks: read.STACKS,
        directory: read.PROGRAM_DIRECTORY,
        terraform: { stacks: read.TERRAFORM_STACKS, skip: read.TERRAFORM_SKIP, command: read.TERRAFORM_COMMAND },
        audit: read.AUDIT,
        expected: read.EXPECTED === undefined ? [] : parseExpected(read.EXPECTED),
        history: read.HISTORY,
        byHand: read.BY_HAND,
        ...(read.PUSHGATEWAY_URL && { gateway: read.PUSHGATEWAY_URL }),
        ...(read.INSTANCE && { instance: read.INSTANCE }),
        ...(SLACK_WEBHOOK && { slackWebhook: SLACK_WEBHOOK }),
        remindSeconds: read.REMIND_AFTER_HOURS * 3600,
        ...(read.REPORT_DIR && { reportDirectory: read.REPORT_DIR }),
        ...(read.REPORT_URL && { reportUrl: read.REPORT_URL }),
        ...(read.TOLD_FILE && { toldFile: read.TOLD_FILE }),
        confirmSeconds: read.CONFIRM_AFTER_SECONDS,
        previewSeconds: read.PREVIEW_SECONDS,
        deadlineSeconds: read.DEADLINE_SECONDS,
        requestTimeoutSeconds: read.REQUEST_TIMEOUT_SECONDS,
        vault: { ...(read.VAULT_ADDR && { address: read.VAULT_ADDR }), ...(VAULT_TOKEN && { token: VAULT_TOKEN }) },
        ...(GITHUB_TOKEN && { githubToken: GITHUB_TOKEN }),
        woodpecker: {
            ...(read.WOODPECKER_SERVER && { server: read.WOODPECKER_SERVER }),
            ...(WOODPECKER_TOKEN && { token: WOODPECKER_TOKEN }),
        },
        secrets: [...Object.values(given), SLACK_WEBHOOK].filter((text) => text !== undefined),
        // What came as a file is handed on as a variable: the providers know no files.
        environment: { ...environment, ...Object.fromEntries(Object.entries(given).filter(([, text]) => text)) },
    };
}
