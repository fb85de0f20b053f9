/** Program of the plugin `pulumi-resource-woodpecker`. */
import { serve } from "../lib/serve.js";
import { woodpeckerPackage } from "./plugin/package.js";

serve((log) => woodpeckerPackage(process.env, log));
