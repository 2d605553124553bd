// The node's one key pair: made once, never overwritten. Its public half is the node's name among WireGuard peers.
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type PublicKey, tryPublicKey } from '../model/index.ts'
import { syncFolder, writeNewFile } from './durable-file.ts'

export type KeyPair = {
  readonly publicKey: PublicKey
  /** Base64, as `wg genkey` prints it. */
  readonly privateKey: string
}

export const PRIVATE_KEY_FILE = 'private.key'

/** Reads the key in the state folder, or makes one. A file that is damaged or open to others is an error, and stays. */
export async function loadPrivateKey(folder: string): Promise<KeyPair> {
  const path = join(folder, PRIVATE_KEY_FILE)
  await makeSecretFolder(folder)
  return (await tryReadKey(path)) ?? (await makeKey(path, folder))
}

async function makeSecretFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (made !== undefined) await chmod(folder, 0o700) // whatever the umask says
  const { mode } = await stat(folder)
  if ((mode & 0o022) !== 0)
    throw new Error(
      `the state folder ${folder} can be written by others (mode ${octal(mode)}), who could put a key of theirs into it; chmod 700 ${folder}`,
    )
}

async function tryReadKey(path: string): Promise<KeyPair | undefined> {
  const mode = await modeOf(path)
  if (mode === undefined) return undefined
  if ((mode & 0o077) !== 0)
    throw new Error(
      `the private key ${path} can be read by others (mode ${octal(mode)}); chmod 600 it if nobody did, else remove it: a new one is made, and published`,
    )
  const text = (await readFile(path, 'utf8')).trim()
  if (tryPublicKey(text) === undefined && !/^[A-Za-z0-9+/]{43}=$/.test(text))
    throw new Error(
      `the private key ${path} is damaged: it holds ${text.length} characters, and no 32 bytes in base64; restore it, or remove it: a new one is made, and published`,
    )
  return { privateKey: text, publicKey: publicKeyOf(text) }
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new Error(`cannot look at the private key ${path}: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  }
}

/** Whole and on disk before it has its name: a crash leaves a key or none, and a second agent cannot put its own in its place. */
async function makeKey(path: string, folder: string): Promise<KeyPair> {
  const bytes = randomBytes(32)
  // Curve25519's clamping (RFC 7748, section 5), as `wg genkey` does.
  bytes[0] = (bytes[0] ?? 0) & 248
  bytes[31] = ((bytes[31] ?? 0) & 127) | 64
  const privateKey = bytes.toString('base64')
  const draft = `${path}.${randomBytes(4).toString('hex')}`
  await writeNewFile(draft, `${privateKey}\n`)
  try {
    await link(draft, path) // fails where the name is taken
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(folder)
  return { privateKey, publicKey: publicKeyOf(privateKey) }
}

/** Bytes of PKCS #8 in front of a raw X25519 key (RFC 8410). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex')

export function publicKeyOf(privateKey: string): PublicKey {
  const der = Buffer.concat([PKCS8_HEAD, Buffer.from(privateKey, 'base64')])
  const spki = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).export({
    format: 'der',
    type: 'spki',
  })
  const text = spki.subarray(-32).toString('base64')
  const key = tryPublicKey(text)
  if (key === undefined) throw new Error('the public half of the private key is no key of WireGuard')
  return key
}

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(3, '0')
