/** Where Woodpecker's server asks. */
export const SECRETS_PATH = "/secrets";
