import type * as grpc from "@grpc/grpc-js";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import * as proto from "@pulumi/pulumi/proto/provider_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { WoodpeckerClient } from "../client.js";
import { check } from "./check.js";
import { configurationProblems, connection } from "./config.js";
import { EntryHandler } from "./entry.js";
import { type Handler, Incomplete } from "./handler.js";
import { FINGERPRINT } from "./plan.js";
import type { Values } from "./property.js";
import { RepositoryHandler } from "./repository.js";
import { packageSchema, token, VERSION } from "./schema.js";
import { Complaints, type Log, Session } from "./session.js";
import { configuration, type ResourceType, resourceTypes } from "./table.js";
import { failure, incompleteFailure, isStatus, type Reply, reply } from "./transport.js";
import { type Decoded, decode, encode } from "./values.js";

type Call<Q> = grpc.ServerUnaryCall<Q, unknown>;

/** Pulumi's resource provider protocol (`pulumi/provider.proto`), as far as the engine uses it here. */
export class ProviderServer {
    private readonly interrupted = new AbortController();
    private readonly complaints = new Complaints();
    private handlers: ReadonlyMap<string, Handler> = new Map();

    constructor(
        private readonly environment: Readonly<Record<string, string | undefined>>,
        private readonly log: Log,
    ) {}

    /** What is not listed here is answered "unimplemented" by gRPC itself. */
    readonly methods: grpc.UntypedServiceImplementation = {
        getPluginInfo: reply(async () => {
            const info = new plugin.PluginInfo();
            info.setVersion(VERSION);
            return info;
        }),
        getSchema: reply(async () => {
            const response = new proto.GetSchemaResponse();
            response.setSchema(JSON.stringify(packageSchema()));
            return response;
        }),
        checkConfig: reply(async ({ request }: Call<proto.CheckRequest>) => {
            const news = decode(request.getNews());
            const problems = configurationProblems(news.values, this.environment);
            return checked(news, news.values, problems, ["token"]);
        }),
        diffConfig: reply(async ({ request }: Call<proto.DiffRequest>) => {
            const [olds, news] = [decode(request.getOlds()), decode(request.getNews())];
            const names = Object.keys(configuration).filter((name) => olds.values[name] !== news.values[name]);
            return difference(names.map((property) => ({ property, replaces: false })));
        }),
        configure: reply(async ({ request }: Call<proto.ConfigureRequest>) => this.configure(request)),
        check: reply(async ({ request }: Call<proto.CheckRequest>) => {
            const news = decode(request.getNews());
            const type = typeOf(request.getUrn());
            const { inputs, problems } = check(type.properties, news.values);
            return checked(news, inputs, problems, secretsOf(type));
        }),
        diff: this.answer(async (request: proto.DiffRequest, handler) => {
            const [olds, inputs, news] = [request.getOlds(), request.getOldInputs(), request.getNews()].map(decode);
            return difference(handler.plan(olds?.values ?? {}, inputs?.values ?? {}, news?.values ?? {}));
        }),
        create: this.answer(async (request: proto.CreateRequest, handler, type) => {
            const news = decode(request.getProperties());
            const secrets = marks(type, news);
            const state = await handler.create(news.values, request.getPreview(), request.getUrn()).catch((error) => {
                if (!(error instanceof Incomplete)) throw error;
                const { id, outputs } = error.state;
                throw incompleteFailure(id, encode(outputs, secrets), this.complaints.messageOf(error.cause));
            });
            const response = new proto.CreateResponse();
            response.setId(state.id);
            response.setProperties(encode(state.outputs, secrets));
            return response;
        }),
        read: this.answer(async (request: proto.ReadRequest, handler, type) => {
            const [olds, inputs] = [decode(request.getProperties()), decode(request.getInputs())];
            const response = new proto.ReadResponse();
            const state = await handler.read(request.getId(), olds.values, inputs.values);
            if (state === undefined) return response;
            const secrets = marks(type, olds, inputs);
            response.setId(state.id);
            response.setProperties(encode(state.outputs, secrets));
            response.setInputs(encode(state.inputs, secrets));
            return response;
        }),
        update: this.answer(async (request: proto.UpdateRequest, handler, type) => {
            const olds = decode(request.getOlds()).values;
            const oldInputs = decode(request.getOldInputs()).values;
            const news = decode(request.getNews());
            const outputs = await handler.update(olds, oldInputs, news.values, request.getPreview(), request.getUrn());
            const response = new proto.UpdateResponse();
            response.setProperties(encode(outputs, marks(type, news)));
            return response;
        }),
        delete: this.answer(async (request: proto.DeleteRequest, handler) => {
            const [olds, inputs] = [decode(request.getProperties()), decode(request.getOldInputs())];
            await handler.delete(olds.values, inputs.values, request.getUrn());
            return new Empty();
        }),
        cancel: reply(async () => {
            this.interrupted.abort();
            return new Empty();
        }),
    };

    private configure(request: proto.ConfigureRequest): proto.ConfigureResponse {
        const target = connection(decode(request.getArgs()).values, this.environment);
        // Without all settings known this is a preview in which the engine calls nothing further.
        if (target !== undefined) {
            const session = new Session(new WoodpeckerClient({ ...target, signal: this.interrupted.signal }), this.log);
            this.handlers = new Map(resourceTypes.map((type) => [type.name, handlerOf(type, session)]));
        }
        const response = new proto.ConfigureResponse();
        response.setAcceptsecrets(true);
        response.setSupportspreview(true);
        response.setAcceptresources(true);
        return response;
    }

    private answer<Q extends { getUrn(): string }>(
        act: (request: Q, handler: Handler, type: ResourceType) => Promise<Reply>,
    ) {
        return reply(async ({ request }: Call<Q>) => {
            const type = typeOf(request.getUrn());
            const handler = this.handlers.get(type.name);
            if (handler === undefined)
                throw failure("the provider is not configured: server or token are not known yet");
            try {
                return await act(request, handler, type);
            } catch (error) {
                throw isStatus(error) ? error : failure(this.complaints.messageOf(error));
            }
        });
    }
}

function handlerOf(type: ResourceType, session: Session): Handler {
    return type.entry ? new EntryHandler(type, type.entry, session) : new RepositoryHandler(type, session);
}

/** @throws ServiceError naming the types there are */
function typeOf(urn: string): ResourceType {
    const wanted = urn.split("::")[2]?.split("$").at(-1);
    const type = resourceTypes.find((candidate) => token(candidate) === wanted);
    if (type) return type;
    throw failure(`${wanted} is no resource of this provider; it has ${resourceTypes.map(token).join(", ")}`);
}

function secretsOf({ entry }: ResourceType): string[] {
    return entry?.writeOnly ? [entry.writeOnly, FINGERPRINT] : [];
}

/** What has to leave marked: the type's own secrets, and whatever came in marked. */
function marks(type: ResourceType, ...given: readonly Decoded[]): ReadonlySet<string> {
    return new Set([...secretsOf(type), ...given.flatMap(({ secrets }) => [...secrets])]);
}

function checked(given: Decoded, inputs: Values, problems: readonly string[], secrets: readonly string[]): Reply {
    const response = new proto.CheckResponse();
    response.setInputs(encode(inputs, new Set([...given.secrets, ...secrets])));
    response.setFailuresList(
        problems.map((reason) => {
            // Named in the reason instead of the property field: with that, the engine prints the value, secret or not.
            const problem = new proto.CheckFailure();
            problem.setReason(reason);
            return problem;
        }),
    );
    return response;
}

function difference(changes: readonly { readonly property: string; readonly replaces: boolean }[]): Reply {
    const { Kind } = proto.PropertyDiff;
    const response = new proto.DiffResponse();
    const some = changes.length > 0;
    response.setChanges(some ? proto.DiffResponse.DiffChanges.DIFF_SOME : proto.DiffResponse.DiffChanges.DIFF_NONE);
    response.setDiffsList(changes.map(({ property }) => property));
    response.setReplacesList(changes.filter(({ replaces }) => replaces).map(({ property }) => property));
    response.setHasdetaileddiff(true);
    for (const { property, replaces } of changes) {
        const detail = new proto.PropertyDiff();
        detail.setKind(replaces ? Kind.UPDATE_REPLACE : Kind.UPDATE);
        response.getDetaileddiffMap().set(property, detail);
    }
    return response;
}
