/** Awaits a command of the engine that has to end with this code; where it does not, the error holds all that it said. */
export async function endsWith<O extends { readonly exitCode: number; readonly text: string }>(
    code: number,
    running: Promise<O>,
): Promise<O> {
    const outcome = await running;
    if (outcome.exitCode !== code) throw new Error(`ended with ${outcome.exitCode}, not ${code}:\n${outcome.text}`);
    return outcome;
}
