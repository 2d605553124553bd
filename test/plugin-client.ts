// The plugin's client, as a runtime starts it: many at once, each a process.
import { spawn } from 'node:child_process'

export type PluginCall = {
  readonly command: 'ADD' | 'DEL'
  readonly containerId: string
  /** The pod's, by its name. */
  readonly namespace: string
}

export type PluginAnswer = {
  readonly exitCode: number | null
  readonly code?: number
  readonly msg?: string
  /** Without their lengths. */
  readonly addresses: readonly string[]
}

/** `socketPath`: where the client was not built with one. */
export function callPlugin(client: string, call: PluginCall, socketPath?: string): Promise<PluginAnswer> {
  const env = {
    CNI_COMMAND: call.command,
    CNI_CONTAINERID: call.containerId,
    CNI_NETNS: `/run/netns/${call.namespace}`,
    CNI_IFNAME: 'eth0',
    ...(socketPath !== undefined && { DAMASK_CNI_SOCKET: socketPath }),
  }
  return new Promise((resolve, reject) => {
    const child = spawn(client, { env, stdio: ['pipe', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('error', reject)
    child.once('close', (exitCode) => {
      const text = Buffer.concat(chunks).toString().trim()
      const { code, msg, ips = [] }: Said = text === '' ? {} : JSON.parse(text)
      const addresses = ips.map(({ address }) => address.replace(/\/.*/, ''))
      resolve({ exitCode, addresses, ...(code !== undefined && { code }), ...(msg !== undefined && { msg }) })
    })
    child.stdin.on('error', () => {}) // it may end before it has read all
    child.stdin.end('{"cniVersion":"1.0.0","name":"damask","type":"damask"}')
  })
}

type Said = {
  readonly code?: number
  readonly msg?: string
  readonly ips?: readonly { readonly address: string }[]
}
