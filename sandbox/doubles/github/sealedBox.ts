import { randomInt } from "node:crypto";
import sodium from "libsodium-wrappers";
import type { Additions } from "./state.js";

/** A fresh X25519 pair as `GET actions/secrets/public-key` shows its public half. */
export async function newKeyPair(): Promise<Additions["keyPair"]> {
    await sodium.ready;
    const pair = sodium.crypto_box_keypair();
    return {
        keyId: String(randomInt(1e9, 2e9)),
        publicKey: Buffer.from(pair.publicKey).toString("base64"),
        privateKey: Buffer.from(pair.privateKey).toString("base64"),
    };
}

/** The text in a sealed box; throws when it was not sealed for this pair. */
export async function open(sealed: string, keyPair: Additions["keyPair"]): Promise<string> {
    await sodium.ready;
    const bytes = sodium.crypto_box_seal_open(
        Buffer.from(sealed, "base64"),
        Buffer.from(keyPair.publicKey, "base64"),
        Buffer.from(keyPair.privateKey, "base64"),
    );
    return Buffer.from(bytes).toString("utf8");
}
