import { PolicyPack } from "@pulumi/policy";
import { checks } from "./checks/index.js";
import { policyOf } from "./pack.js";

new PolicyPack("cicd-pipeline", {
    displayName: "Decisions of the pipeline",
    description: "What the pipeline has decided, as checks on every resource of a stack.",
    policies: checks.map(policyOf),
});
