/** A WireGuard public key: 32 bytes of Curve25519 in base64, 44 characters. In plans of a node without one: `?name`. */
export type PublicKey = string & { readonly brand: 'PublicKey' }

const FORM = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/

/** The key, or undefined where the text is not 32 bytes of canonical base64. */
export const tryPublicKey = (text: string): PublicKey | undefined => (FORM.test(text) ? (text as PublicKey) : undefined)

/** Stands in a plan for the key that the node's agent has not made yet. */
export const missingKey = (node: string): PublicKey => `?${node}` as PublicKey
