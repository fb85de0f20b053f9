/** Program of the plugin `pulumi-resource-host`. */
import { serve } from "../lib/serve.js";
import { hostPackage } from "./plugin/package.js";

serve(hostPackage);
