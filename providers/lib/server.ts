import type * as grpc from "@grpc/grpc-js";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import * as proto from "@pulumi/pulumi/proto/provider_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { type Change, type Handler, Incomplete } from "./handler.js";
import type { ProviderPackage, TypeDescription } from "./package.js";
import { failure, incompleteFailure, isStatus, type Reply, reply } from "./transport.js";
import { type Decoded, decode, encode, type Values } from "./values.js";

type Call<Q> = grpc.ServerUnaryCall<Q, unknown>;

/** Pulumi's resource provider protocol (`pulumi/provider.proto`), as far as the engine uses it here. */
export class ProviderServer {
    private readonly interrupted = new AbortController();
    private handlers: ReadonlyMap<string, Handler> | undefined;

    constructor(private readonly about: ProviderPackage) {}

    /** What is not listed here is answered "unimplemented" by gRPC itself. */
    readonly methods: grpc.UntypedServiceImplementation = {
        getPluginInfo: reply(async () => {
            const info = new plugin.PluginInfo();
            info.setVersion(this.about.version);
            return info;
        }),
        getSchema: reply(async () => {
            const response = new proto.GetSchemaResponse();
            response.setSchema(JSON.stringify(this.about.schema()));
            return response;
        }),
        checkConfig: reply(async ({ request }: Call<proto.CheckRequest>) => {
            const news = decode(request.getNews());
            const { problems, secrets } = this.about.configuration;
            return checked(news, news.values, problems(news.values), secrets);
        }),
        diffConfig: reply(async ({ request }: Call<proto.DiffRequest>) => {
            const [olds, news] = [decode(request.getOlds()), decode(request.getNews())];
            const { names } = this.about.configuration;
            const changed = names.filter((name) => olds.values[name] !== news.values[name]);
            return difference(changed.map((property) => ({ property, replaces: false })));
        }),
        configure: reply(async ({ request }: Call<proto.ConfigureRequest>) => {
            // Without all settings known this is a preview in which the engine calls nothing further.
            this.handlers = this.about.configure(decode(request.getArgs()).values, this.interrupted.signal);
            const response = new proto.ConfigureResponse();
            response.setAcceptsecrets(true);
            response.setSupportspreview(true);
            response.setAcceptresources(true);
            return response;
        }),
        check: reply(async ({ request }: Call<proto.CheckRequest>) => {
            const news = decode(request.getNews());
            const type = this.typeOf(request.getUrn());
            const { inputs, problems } = type.check(news.values);
            return checked(news, inputs, problems, type.secrets);
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
                throw incompleteFailure(id, encode(outputs, secrets), this.about.messageOf(error.cause));
            });
            const response = new proto.CreateResponse();
            response.setId(state.id);
            response.setProperties(encode(state.outputs, secrets));
            return response;
        }),
        read: this.answer(async (request: proto.ReadRequest, handler, type) => {
            const [olds, inputs] = [decode(request.getProperties()), decode(request.getInputs())];
            const response = new proto.ReadResponse();
            const state = await handler.read(request.getId(), olds.values, inputs.values, request.getUrn());
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

    private answer<Q extends { getUrn(): string }>(
        act: (request: Q, handler: Handler, type: TypeDescription) => Promise<Reply>,
    ) {
        return reply(async ({ request }: Call<Q>) => {
            const type = this.typeOf(request.getUrn());
            const handler = this.handlers?.get(type.token);
            if (handler === undefined) throw failure(this.about.unconfigured);
            try {
                return await act(request, handler, type);
            } catch (error) {
                throw isStatus(error) ? error : failure(this.about.messageOf(error));
            }
        });
    }

    /** @throws ServiceError naming the types there are */
    private typeOf(urn: string): TypeDescription {
        const wanted = urn.split("::")[2]?.split("$").at(-1);
        const { types } = this.about;
        const type = types.find(({ token }) => token === wanted);
        if (type) return type;
        throw failure(
            `${wanted} is no resource of this provider; it has ${types.map(({ token }) => token).join(", ")}`,
        );
    }
}

/** What has to leave marked: the type's own secrets, and whatever came in marked. */
function marks({ secrets }: TypeDescription, ...given: readonly Decoded[]): ReadonlySet<string> {
    return new Set([...secrets, ...given.flatMap((each) => [...each.secrets])]);
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

function difference(changes: readonly Change[]): Reply {
    const { Kind } = proto.PropertyDiff;
    const response = new proto.DiffResponse();
    const some = changes.length > 0;
    const heads = (list: readonly Change[]) => [
        ...new Set(list.map(({ property }) => property.split(/[.[]/)[0] ?? "")),
    ];
    response.setChanges(some ? proto.DiffResponse.DiffChanges.DIFF_SOME : proto.DiffResponse.DiffChanges.DIFF_NONE);
    response.setDiffsList(heads(changes));
    response.setReplacesList(heads(changes.filter(({ replaces }) => replaces)));
    response.setHasdetaileddiff(true);
    for (const { property, replaces } of changes) {
        const detail = new proto.PropertyDiff();
        detail.setKind(replaces ? Kind.UPDATE_REPLACE : Kind.UPDATE);
        response.getDetaileddiffMap().set(property, detail);
    }
    return response;
}
