/** Role and policy that a pipeline's deploy step logs in with. */
export const pipelineRole = "woodpecker-deployer";

/** Role and policy that the secret sync logs in with. */
export const SYNC_ROLE = "secret-sync";

/** Role and policy that the secret extension logs in with. */
export const EXTENSION_ROLE = "secret-extension";

/** Role of the Kubernetes secrets engine that mints the tokens of one application's `deployerAccount`. */
export const deployRole = (app: string) => `${app}-deployer`;

/** ServiceAccount in an application's namespaces that may roll its Deployments; its own, for namespaces can be shared. */
export const deployerAccount = (app: string) => `cicd-deployer-${app}`;
