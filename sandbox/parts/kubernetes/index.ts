import type { Part } from "../../lib/part.js";
import { apiserver } from "./apiserver.js";
import { controllerManager, scheduler } from "./controllers.js";
import { etcd } from "./etcd.js";
import { node } from "./node.js";
import { kubernetes } from "./seed.js";

/** A Kubernetes cluster of one node, in the order in which it starts. */
export const kubernetesParts: readonly Part[] = [etcd, apiserver, controllerManager, scheduler, node, kubernetes];
