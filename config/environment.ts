/**
 * What the program takes from its environment: credentials of providers whose SDK would write them into the state in clear.
 * Vault, Kubernetes and Woodpecker read VAULT_TOKEN, KUBECONFIG and WOODPECKER_TOKEN in their plugins, past the state.
 */
export const environment = {
    githubToken: process.env.GITHUB_TOKEN,
};
