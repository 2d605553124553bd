// The credentials of a kubeconfig file, as every tool of Kubernetes reads it: certificates, tokens, plugins that are run for one. The package
// behind it takes 20 MB of memory: this file is loaded where one is used, and a pod, which has files of its own, does without.
import { readFile } from 'node:fs/promises'
import type { Agent } from 'node:http'
import type { RequestOptions } from 'node:https'
import { delimiter, dirname, resolve } from 'node:path'
import { KubeConfig, type User } from '@kubernetes/client-node'
import { parse } from 'yaml'
import type { Access, Credentials } from './credentials.ts'

export type KubeconfigChoice = {
  /** A path, or several as in the variable KUBECONFIG. */
  readonly kubeconfig: string
  readonly context?: string | undefined
  /** Instead of the address that stands in the file. */
  readonly server?: string | undefined
}

export async function kubeconfigCredentials(choice: KubeconfigChoice): Promise<Credentials> {
  let config = await load(choice)
  let isStale = false
  const server = config.getCurrentCluster()?.server ?? ''
  return {
    server,
    async read() {
      if (isStale) config = await load(choice)
      isStale = false
      return accessOf(config)
    },
    // The file may have been written anew, and what a plugin said is kept inside of the configuration.
    forget() {
      isStale = true
    },
  }
}

async function load({ kubeconfig, context, server }: KubeconfigChoice): Promise<KubeConfig> {
  const config = new KubeConfig()
  const [first = '', ...more] = kubeconfig.split(delimiter).filter((path) => path !== '')
  try {
    await loadFile(config, first)
    for (const path of more) {
      const other = new KubeConfig()
      await loadFile(other, path)
      config.mergeConfig(other, true)
    }
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`cannot use the kubeconfig ${kubeconfig}: ${said}`, { cause })
  }
  choose(config, kubeconfig, context)
  return server === undefined ? config : withServer(config, server)
}

/** What the package does not know: `tokenFile`, as kubectl calls it, is read again when it changes. */
async function loadFile(config: KubeConfig, path: string): Promise<void> {
  config.loadFromFile(path)
  const document: unknown = parse(await readFile(path, 'utf8'))
  const files = new Map(tokenFiles(document))
  config.users = config.users.map((user): User => {
    const tokenFile = files.get(user.name)
    if (tokenFile === undefined) return user
    return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile: resolve(dirname(path), tokenFile) } } }
  })
}

type Listed = { readonly users?: readonly { readonly name: string; readonly user?: { readonly tokenFile?: string } }[] }

const tokenFiles = (document: unknown): readonly (readonly [user: string, path: string])[] =>
  ((document as Listed | null)?.users ?? []).flatMap(({ name, user }) =>
    user?.tokenFile === undefined ? [] : [[name, user.tokenFile] as const],
  )

function choose(config: KubeConfig, kubeconfig: string, context: string | undefined): void {
  if (context !== undefined) config.setCurrentContext(context)
  const current = config.getCurrentContext()
  const names = config.getContexts().map(({ name }) => name)
  if (!names.includes(current))
    throw new Error(
      `the kubeconfig ${kubeconfig} has no context ${current === undefined ? 'that is the current one' : `"${current}"`}; it has ${names.join(', ') || 'none'}`,
    )
  if (config.getCurrentCluster() === null)
    throw new Error(`the kubeconfig ${kubeconfig} has no cluster of the name that its context "${current}" says`)
}

function withServer(config: KubeConfig, server: string): KubeConfig {
  const current = config.getCurrentCluster()
  config.clusters = config.clusters.map((cluster) =>
    cluster.name === current?.name ? { ...cluster, server: server.replace(/\/$/, '') } : cluster,
  )
  return config
}

async function accessOf(config: KubeConfig): Promise<Access> {
  const cluster = config.getCurrentCluster()
  const headers: Record<string, string> = {}
  const options: RequestOptions = { headers }
  // The package refuses to send anything to a plain http:// server unless it is told to trust it.
  if (cluster?.server.startsWith('http:') && !cluster.skipTLSVerify) {
    config.clusters = config.clusters.map((each) => (each === cluster ? { ...each, skipTLSVerify: true } : each))
  }
  await config.applyToHTTPSOptions(options)
  const { auth, agent, ca, cert, key, passphrase, servername, rejectUnauthorized } = options
  const basic = auth == null ? {} : { authorization: `Basic ${Buffer.from(auth).toString('base64')}` }
  return {
    // A token in a file ends with its line.
    headers: { ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.trim()])), ...basic },
    tls: defined({ ca, cert, key, passphrase, servername, rejectUnauthorized }) as Access['tls'],
    ...(cluster?.proxyUrl !== undefined && { agent: agent as Agent }),
  }
}

const defined = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
