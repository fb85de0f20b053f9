import type { Part } from "../lib/part.js";
import { kubernetesParts } from "./kubernetes/index.js";
import { openbao } from "./openbao.js";
import { prometheus } from "./prometheus.js";
import { pulumi } from "./pulumi.js";
import { pushgateway } from "./pushgateway.js";
import { registry } from "./registry.js";
import { slack } from "./slack.js";

/** Everything the sandbox consists of. */
export const parts: readonly Part[] = [...kubernetesParts, openbao, registry, pushgateway, prometheus, slack, pulumi];
