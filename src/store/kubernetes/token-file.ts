// `tokenFile` of a user of a kubeconfig, as kubectl knows it and the package does not.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { KubeConfig, User } from '@kubernetes/client-node'

const PROVIDER = 'damask-token-file'

type Listed = { readonly users?: readonly { readonly name: string; readonly user?: { readonly tokenFile?: string } }[] }

/** `document`: the file that the users are of, in `folder`. A token in a file goes before one that is written out. */
export function withTokenFiles(users: readonly User[], document: unknown, folder: string): User[] {
  const files = new Map(
    ((document as Listed | null)?.users ?? []).flatMap(({ name, user }) =>
      user?.tokenFile === undefined ? [] : [[name, resolve(folder, user.tokenFile)] as const],
    ),
  )
  return users.map((user): User => {
    const path = files.get(user.name)
    if (path === undefined) return user
    const { token: _, ...rest } = user
    return { ...rest, authProvider: { name: PROVIDER, config: { path } } }
  })
}

/** Reads it for each request: it may be another by then. The package's own keeps the end of the line, which no header may have. */
export const tokenFileReader: Parameters<KubeConfig['addAuthenticator']>[0] = {
  isAuthProvider: ({ authProvider }) => authProvider?.name === PROVIDER,
  async applyAuthentication({ name, authProvider }, options) {
    const token = await readFile(authProvider.config.path, 'utf8').catch((cause) => {
      throw new Error(`cannot read the token of the user "${name}" of the kubeconfig: ${cause.message}`, { cause })
    })
    options.headers ??= {}
    Object.assign(options.headers, { Authorization: `Bearer ${token.trim()}` })
  },
}
