/** Serves a provider package to the engine: the gRPC side of every plugin, the same for all packages. */

import { randomBytes } from "node:crypto";
import { status, type UntypedServiceImplementation } from "@grpc/grpc-js";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb.js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import * as messages from "@pulumi/pulumi/proto/provider_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import { RpcError, unary } from "../rpc/serve.js";
import { partialFailure } from "./failure.js";
import type { Change, Difference, EngineLog, Provider, ProviderPackage, ResourceCall, ResourceType } from "./model.js";
import {
    decode,
    encode,
    hasUnknown,
    type JsonObject,
    keepSecrets,
    type Properties,
    protectState,
    reveal,
    type Value,
} from "./values.js";

// The SDK sends these beside the inputs that a package declares.
const ownSettings = ["version", "pluginDownloadURL", "__internal"];

/** Implementation of the ResourceProvider service; whatever is not in it is answered with "unimplemented". */
export function providerService(pkg: ProviderPackage, engine: EngineLog): UntypedServiceImplementation {
    const cancellation = new AbortController();
    let provider: Promise<Provider> | undefined;

    const typeOf = async (token: string): Promise<ResourceType> => {
        const configured = await configuredProvider();
        const type = configured.resourceType(token);
        if (type === undefined) {
            throw unknownToken("resource type", token, configured);
        }
        return type;
    };
    const configuredProvider = (): Promise<Provider> => {
        if (provider === undefined) {
            throw new RpcError(status.FAILED_PRECONDITION, `${pkg.name}: the provider is not configured yet`);
        }
        return provider;
    };
    const unknownToken = (what: string, token: string, configured: Provider) =>
        new RpcError(
            status.NOT_FOUND,
            `${what} "${token}" is not known to the sandbox's stand-in for ${pkg.name} ${pkg.version}; it knows ${configured.known}`,
        );
    const callOf = (request: ResourceRequest): ResourceCall => ({
        urn: request.getUrn(),
        token: request.getType(),
        name: request.getName(),
        cancelled: cancellation.signal,
        ...("getTimeout" in request && request.getTimeout() > 0 && { timeoutSeconds: request.getTimeout() }),
        uniqueName: () => `${request.getName()}-${randomBytes(4).toString("hex").slice(0, 7)}`,
    });

    return {
        handshake: unary(() => {
            const response = new messages.ProviderHandshakeResponse();
            response.setAcceptSecrets(true);
            response.setAcceptResources(false);
            response.setAcceptOutputs(false);
            response.setSupportsAutonamingConfiguration(true);
            return response;
        }),
        attach: unary((_: PluginAttach) => new emptyProto.Empty()),
        getPluginInfo: unary(() => {
            const info = new PluginInfo();
            info.setVersion(pkg.version);
            return info;
        }),
        getSchema: unary(() => {
            const response = new messages.GetSchemaResponse();
            response.setSchema(JSON.stringify({ name: pkg.name, version: pkg.version }));
            return response;
        }),
        getMapping: unary(() => new messages.GetMappingResponse()),
        cancel: unary(() => {
            cancellation.abort();
            return new emptyProto.Empty();
        }),

        checkConfig: unary((request: messages.CheckRequest) => {
            const response = new messages.CheckResponse();
            response.setInputs(request.getNews());
            const allowed = new Set([...Object.keys(pkg.configuration), ...ownSettings]);
            for (const name of Object.keys(decode(request.getNews())).filter((each) => !allowed.has(each))) {
                response.addFailures(
                    checkFailure(name, `is not a setting of ${pkg.name}; known are ${[...allowed].sort().join(", ")}`),
                );
            }
            return response;
        }),
        diffConfig: unary((request: messages.DiffRequest) => {
            const olds = reveal(decode(request.getOldInputs() ?? request.getOlds()));
            const news = reveal(decode(request.getNews()));
            const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
                (name) => JSON.stringify(olds[name]) !== JSON.stringify(news[name]) || hasUnknown(news[name]),
            );
            const response = new messages.DiffResponse();
            const { SOME, NONE } = { SOME: 2, NONE: 1 } as const;
            response.setChanges(changed.length > 0 ? SOME : NONE);
            response.setDiffsList(changed);
            if (changed.length > 0 && !hasUnknown(news)) {
                response.setReplacesList(pkg.replacesProvider?.(olds as JsonObject, news as JsonObject) ?? []);
            }
            return response;
        }),
        configure: unary((request: messages.ConfigureRequest) => {
            const configuration = parseConfiguration(pkg, reveal(decode(request.getArgs())));
            provider = Promise.resolve(pkg.configure(configuration, engine));
            // Reported where the provider is used, with the resource's name.
            provider.catch(() => {});
            const response = new messages.ConfigureResponse();
            response.setAcceptsecrets(true);
            response.setSupportspreview(true);
            response.setSupportsAutonamingConfiguration(true);
            return response;
        }),

        invoke: unary(async (request: messages.InvokeRequest) => {
            const configured = await configuredProvider();
            const invoke = configured.invoke(request.getTok());
            if (invoke === undefined) {
                throw unknownToken("function", request.getTok(), configured);
            }
            const response = new messages.InvokeResponse();
            const args = reveal(decode(request.getArgs()));
            response.setReturn(encode(await invoke(args as JsonObject, cancellation.signal)));
            return response;
        }),
        check: unary(async (request: messages.CheckRequest) => {
            const type = await typeOf(request.getType());
            const news = decode(request.getNews());
            const olds = request.hasOlds() ? reveal(decode(request.getOlds())) : undefined;
            const proposed = request.getAutonaming()?.getProposedName();
            const call = { ...callOf(request), ...(proposed && { uniqueName: () => proposed }) };
            const checked = await type.check(reveal(news), olds, call);
            const response = new messages.CheckResponse();
            response.setInputs(encode(keepSecrets(checked.inputs, news)));
            for (const { property, reason } of checked.failures ?? []) {
                response.addFailures(checkFailure(property, reason));
            }
            return response;
        }),
        diff: unary(async (request: messages.DiffRequest) => {
            const type = await typeOf(request.getType());
            return diffResponse(await type.diff(changeOf(request), callOf(request)));
        }),
        create: unary(async (request: messages.CreateRequest) => {
            const type = await typeOf(request.getType());
            const inputs = decode(request.getProperties());
            const created = await type
                .create(reveal(inputs), request.getPreview(), callOf(request))
                .catch((error: unknown) => Promise.reject(partialFailure(error, inputs)));
            const response = new messages.CreateResponse();
            response.setId(request.getPreview() ? "" : created.id);
            response.setProperties(encode(protectState(created.state, inputs)));
            return response;
        }),
        read: unary(async (request: messages.ReadRequest) => {
            const type = await typeOf(request.getType());
            const state = decode(request.getProperties());
            const inputs = request.hasInputs() ? decode(request.getInputs()) : undefined;
            const known = inputs !== undefined && Object.keys(inputs).length > 0 ? inputs : undefined;
            const secrets = { ...state, ...inputs };
            const live = await type
                .read(request.getId(), reveal(state), known && reveal(known), callOf(request))
                .catch((error: unknown) => Promise.reject(partialFailure(error, secrets)));
            const response = new messages.ReadResponse();
            if (live !== undefined) {
                response.setId(live.id);
                response.setProperties(encode(protectState(keepSecrets(live.state, state), inputs ?? {})));
                response.setInputs(encode(keepSecrets(live.inputs, secrets)));
            }
            return response;
        }),
        update: unary(async (request: messages.UpdateRequest) => {
            const type = await typeOf(request.getType());
            const news = decode(request.getNews());
            const state = await type
                .update(changeOf(request), request.getPreview(), callOf(request))
                .catch((error: unknown) => Promise.reject(partialFailure(error, news)));
            const response = new messages.UpdateResponse();
            response.setProperties(encode(protectState(state, news)));
            return response;
        }),
        delete: unary(async (request: messages.DeleteRequest) => {
            const type = await typeOf(request.getType());
            const state = decode(request.getProperties());
            await type
                .delete(request.getId(), reveal(state), callOf(request))
                .catch((error: unknown) => Promise.reject(partialFailure(error, state)));
            return new emptyProto.Empty();
        }),
    };
}

type ResourceRequest =
    | messages.CheckRequest
    | messages.DiffRequest
    | messages.CreateRequest
    | messages.ReadRequest
    | messages.UpdateRequest
    | messages.DeleteRequest;

function changeOf(request: messages.DiffRequest | messages.UpdateRequest): Change {
    return {
        id: request.getId(),
        state: reveal(decode(request.getOlds())),
        oldInputs: reveal(decode(request.getOldInputs())),
        news: reveal(decode(request.getNews())),
        ignored: request.getIgnorechangesList(),
    };
}

function checkFailure(property: string, reason: string): messages.CheckFailure {
    const failure = new messages.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    return failure;
}

function diffResponse({ changes, deleteBeforeReplace }: Difference): messages.DiffResponse {
    const response = new messages.DiffResponse();
    const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
    response.setChanges(changes.size > 0 ? DIFF_SOME : DIFF_NONE);
    response.setHasdetaileddiff(true);
    response.setDeletebeforereplace(deleteBeforeReplace ?? false);
    const kinds = messages.PropertyDiff.Kind;
    for (const [path, { kind, replace }] of changes) {
        const property = new messages.PropertyDiff();
        const [plain, replacing] = {
            add: [kinds.ADD, kinds.ADD_REPLACE] as const,
            delete: [kinds.DELETE, kinds.DELETE_REPLACE] as const,
            update: [kinds.UPDATE, kinds.UPDATE_REPLACE] as const,
        }[kind];
        property.setKind(replace ? replacing : plain);
        property.setInputdiff(kind === "delete");
        response.getDetaileddiffMap().set(path, property);
        response.addDiffs(path.split(/[.[]/)[0] ?? path);
        if (replace) {
            response.addReplaces(path);
        }
    }
    return response;
}

/** The provider's inputs in their declared types; unset ones are left out. */
function parseConfiguration(pkg: ProviderPackage, args: Properties): JsonObject {
    const configuration: JsonObject = {};
    for (const [name, type] of Object.entries(pkg.configuration)) {
        const value = args[name];
        if (value !== undefined && value !== null && value !== "") {
            configuration[name] = parseSetting(pkg, name, type, value);
        }
    }
    return configuration;
}

function parseSetting(pkg: ProviderPackage, name: string, type: string, value: Value) {
    if (type === "string" || typeof value !== "string") {
        return value as JsonObject[string];
    }
    try {
        return JSON.parse(value) as JsonObject[string];
    } catch {
        throw new RpcError(status.INVALID_ARGUMENT, `${pkg.name}: ${name} is not a ${type}`);
    }
}
