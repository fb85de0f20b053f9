import type { Recipe } from "./recipe.js";
import { cluster } from "./recipes/cluster.js";
import { engine } from "./recipes/engine.js";
import { servers } from "./recipes/servers.js";
import { tools } from "./recipes/tools.js";

export const recipes: readonly Recipe[] = [...cluster, ...engine, ...servers, ...tools];

/** The recipe that makes a program, or `undefined`. */
export function recipeFor(program: string): Recipe | undefined {
    return recipes.find((recipe) => program in recipe.programs);
}
