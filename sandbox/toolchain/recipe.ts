/** How a program of the sandbox is had: which versions will do, and how it is made where none is installed. */

/** An installed program will do if it reports a version in this range. */
export interface Accepted {
    /** Makes the program print its version; `undefined`: any version will do. */
    readonly versionArguments?: readonly string[];
    /** @default "0" */
    readonly atLeast?: string;
    /** The first version that will not do. */
    readonly below?: string;
    /** Where Debian puts it besides the directories of PATH. */
    readonly alsoIn?: readonly string[];
}

interface Common {
    readonly name: string;
    /** Completes "it is needed …". */
    readonly why: string;
    readonly version: string;
    /** Programs by name, with their path in what the recipe makes. The first one is asked for its version. */
    readonly programs: Readonly<Record<string, string>>;
    /** Programs that stay off the sandbox's PATH: the engine warns about plugins that it finds there. @default none */
    readonly offPath?: readonly string[];
    /** Left out: an installed program is never used. */
    readonly accepted?: Accepted;
}

/** Built from the Go module proxy, in a folder of its own that pins every dependency by checksum. */
export interface GoRecipe extends Common {
    readonly kind: "go";
    /** Below `sandbox/toolchain`. */
    readonly folder: string;
    readonly package: string;
    /** More packages to build beside it in one go, each into a program that is called like its folder. @default none */
    readonly also?: readonly string[];
    /** Variables that the linker sets, `import/path.Name` to value. */
    readonly stamps: Readonly<Record<string, string>>;
    /** Files of its modules that go beside the program, by the name that they get there. @default none */
    readonly files?: Readonly<Record<string, { readonly module: string; readonly path: string }>>;
    /** Packages of a cold build, roughly: the whole of which progress shows a part. */
    readonly packages: number;
    /** Seconds of CPU of a cold build, measured; decides the order and the time left that is shown. */
    readonly cpuSeconds: number;
}

/** A binary that its publisher ships inside of a Python wheel. */
export interface WheelRecipe extends Common {
    readonly kind: "wheel";
    readonly distribution: string;
    readonly sha256: string;
}

/** Unpacked from the distribution's own packages into the cache: nothing is installed in the system. */
export interface DebianRecipe extends Common {
    readonly kind: "debian";
    readonly packages: readonly string[];
}

/** Used where it is installed; the sandbox has a double for it, or does without. */
export interface InstalledRecipe extends Common {
    readonly kind: "installed";
    readonly accepted: Accepted;
}

export type Recipe = GoRecipe | WheelRecipe | DebianRecipe | InstalledRecipe;
