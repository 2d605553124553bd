// The credentials of a kubeconfig file, as every tool of Kubernetes reads it: certificates, tokens, plugins that are run for one. The package
// behind it takes 20 MB of memory: this file is loaded where one is used, and a pod, which has files of its own, does without.
import { readFile } from 'node:fs/promises'
import type { Agent } from 'node:http'
import type { RequestOptions } from 'node:https'
import { delimiter, dirname } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { parse } from 'yaml'
import type { Access, Credentials } from './credentials.ts'
import { tokenFileReader, withTokenFiles } from './token-file.ts'

export type KubeconfigChoice = {
  /** A path, or several as in the variable KUBECONFIG. */
  readonly kubeconfig: string
  readonly context?: string | undefined
  /** Instead of the address that stands in the file. */
  readonly server?: string | undefined
}

export async function kubeconfigCredentials(choice: KubeconfigChoice): Promise<Credentials> {
  let config = await loadKubeconfig(choice)
  let isStale = false
  const server = config.getCurrentCluster()?.server ?? ''
  return {
    server,
    async read() {
      if (isStale) config = await loadKubeconfig(choice)
      isStale = false
      return accessOf(config)
    },
    // The file may have been written anew, and what a plugin said is kept inside of the configuration.
    forget() {
      isStale = true
    },
  }
}

/** Of several files, what has one name is that of the first, as kubectl has it. */
export async function loadKubeconfig({ kubeconfig, context, server }: KubeconfigChoice): Promise<KubeConfig> {
  const config = new KubeConfig()
  config.addAuthenticator(tokenFileReader)
  const [first = '', ...more] = kubeconfig.split(delimiter).filter((path) => path !== '')
  try {
    await loadFile(config, first)
    for (const path of more) {
      const other = new KubeConfig()
      await loadFile(other, path)
      merge(config, other)
    }
  } catch (cause) {
    throw new Error(`cannot use the kubeconfig ${kubeconfig}: ${messageOf(cause)}`, { cause })
  }
  choose(config, kubeconfig, context)
  return trusting(server === undefined ? config : withServer(config, server))
}

async function loadFile(config: KubeConfig, path: string): Promise<void> {
  config.loadFromFile(path)
  config.users = withTokenFiles(config.users, parse(await readFile(path, 'utf8')), dirname(path))
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** Without the package's, which refuses two of one name. */
function merge(config: KubeConfig, other: KubeConfig): void {
  const added = <Named extends { readonly name: string }>(those: readonly Named[], more: readonly Named[]): Named[] => [
    ...those,
    ...more.filter(({ name }) => !those.some((one) => one.name === name)),
  ]
  config.clusters = added(config.clusters, other.clusters)
  config.users = added(config.users, other.users)
  config.contexts = added(config.contexts, other.contexts)
  if (config.currentContext === undefined && other.currentContext !== undefined)
    config.setCurrentContext(other.currentContext)
}

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

/** The package refuses to send anything to a plain http:// server unless it is told to trust it. */
function trusting(config: KubeConfig): KubeConfig {
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster,
  )
  return config
}

async function accessOf(config: KubeConfig): Promise<Access> {
  const cluster = config.getCurrentCluster()
  const headers: Record<string, string> = {}
  const options: RequestOptions = { headers }
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
