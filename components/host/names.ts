/** Name of the resource that looks at the host of a set of files with this name. */
export const foundName = (name: string) => `${name}-found`;
