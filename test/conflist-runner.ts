// What a container runtime does with a list of plugins (libcni): each is a process in the node's namespace, with the result of the
// one before; DEL goes backwards.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export type PluginConfiguration = {
  readonly type: string
  readonly capabilities?: Readonly<Record<string, boolean>>
  readonly [field: string]: unknown
}

export type Conflist = {
  readonly cniVersion: string
  readonly name: string
  readonly plugins: readonly PluginConfiguration[]
}

export type ConflistRunner = {
  /** `capabilities`: the runtime's arguments, handed to the plugins that say they know them. The last plugin's result. */
  readonly add: (containerId: string, namespacePath: string, capabilities?: object) => Promise<object>
  /**
   * Each with the result of the last ADD; throws what a plugin refuses. Not `portmap`: of a pod with both families its version 1.1.1
   * looks for the rules of IPv4 in the tables of IPv6.
   */
  readonly check: (containerId: string, namespacePath: string, capabilities?: object) => Promise<void>
  readonly del: (containerId: string, namespacePath: string, capabilities?: object) => Promise<void>
}

export type RunnerOptions = {
  readonly list: Conflist
  /** What goes before a program so that it runs on the node: `ip netns exec NAME`. */
  readonly enter: readonly string[]
  /** Where the programs are, by type; others are the stock plugins. */
  readonly programs: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
}

const STOCK_FOLDER = '/usr/lib/cni'

export const hasStockPlugins = (...types: readonly string[]): boolean =>
  types.every((type) => existsSync(join(STOCK_FOLDER, type)))

export function openConflistRunner({ list, enter, programs, environment }: RunnerOptions): ConflistRunner {
  const results = new Map<string, object>()

  async function call(
    verb: string,
    plugin: PluginConfiguration,
    [containerId, namespacePath]: readonly [string, string],
    fields: object,
  ): Promise<object> {
    const { capabilities: _, ...configuration } = plugin
    const program = programs[plugin.type] ?? join(STOCK_FOLDER, plugin.type)
    const { status, output } = await run(
      [...enter, program],
      {
        ...environment,
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        CNI_COMMAND: verb,
        CNI_CONTAINERID: containerId,
        CNI_NETNS: namespacePath,
        CNI_IFNAME: 'eth0',
        CNI_PATH: STOCK_FOLDER,
      },
      { cniVersion: list.cniVersion, name: list.name, ...configuration, ...fields },
    )
    if (status !== 0) throw new Error(`${plugin.type} ${verb}: ${output}`)
    return output.trim() === '' ? {} : JSON.parse(output)
  }

  const runtimeConfig = ({ capabilities = {} }: PluginConfiguration, given: object): object => {
    const known = Object.entries(given).filter(([name]) => capabilities[name])
    return known.length === 0 ? {} : { runtimeConfig: Object.fromEntries(known) }
  }

  return {
    async add(containerId, namespacePath, capabilities = {}) {
      let result: object | undefined
      for (const plugin of list.plugins) {
        const fields = { ...runtimeConfig(plugin, capabilities), ...(result && { prevResult: result }) }
        result = await call('ADD', plugin, [containerId, namespacePath], fields)
      }
      results.set(containerId, result ?? {})
      return result ?? {}
    },
    async check(containerId, namespacePath, capabilities = {}) {
      for (const plugin of list.plugins.filter(({ type }) => type !== 'portmap'))
        await call('CHECK', plugin, [containerId, namespacePath], {
          ...runtimeConfig(plugin, capabilities),
          prevResult: results.get(containerId),
        })
    },
    async del(containerId, namespacePath, capabilities = {}) {
      for (const plugin of list.plugins.toReversed())
        await call('DEL', plugin, [containerId, namespacePath], {
          ...runtimeConfig(plugin, capabilities),
          prevResult: results.get(containerId),
        })
    },
  }
}

type Ended = { readonly status: number | null; readonly output: string }

/** Not synchronous: the agent's side may be in this very process. */
function run(
  [program = '', ...words]: readonly string[],
  env: Readonly<Record<string, string>>,
  configuration: object,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { env })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, output }))
    child.stdin.on('error', () => {}) // EPIPE: it refused before it had read all
    child.stdin.end(JSON.stringify(configuration))
  })
}
