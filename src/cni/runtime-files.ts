// What a container runtime finds of Damask on a machine: the plugin's client, and the configuration list that names it.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WantedFile } from './installed-files.ts'

/** Remembers which of them are ours, in the folder of the node's state. */
export const CNI_RECORD_FILE = 'cni-installed.json'

/** Runtimes take the first file by name. */
const CONFLIST_FILE = '10-damask.conflist'

/** What the stock plugins are told by the runtime. */
const STOCK = {
  portmap: { type: 'portmap', capabilities: { portMappings: true }, snat: true },
  bandwidth: { type: 'bandwidth', capabilities: { bandwidth: true } },
} as const

export type StockPlugin = keyof typeof STOCK

export const STOCK_PLUGINS = Object.keys(STOCK) as readonly StockPlugin[]

export const isStockPluginThere = (binDir: string, name: StockPlugin): boolean => existsSync(join(binDir, name))

/** `source`: the program that was built. */
export const clientFile = (binDir: string, source: string): WantedFile => ({
  path: join(binDir, 'damask'),
  bytes: readClient(source),
  mode: 0o755,
})

export type ConflistOptions = {
  readonly confDir: string
  /** 1.1.0 where the runtime and the chain know it. */
  readonly cniVersion?: string
  /** Behind ours, in this order. */
  readonly chain: readonly StockPlugin[]
}

export const conflistPath = (confDir: string): string => join(confDir, CONFLIST_FILE)

export const conflistFile = ({ confDir, cniVersion = '1.0.0', chain }: ConflistOptions): WantedFile => ({
  path: conflistPath(confDir),
  bytes: Buffer.from(
    `${JSON.stringify(
      {
        cniVersion,
        name: 'damask',
        plugins: [{ type: 'damask', capabilities: { ips: true, mac: true } }, ...chain.map((name) => STOCK[name])],
      },
      undefined,
      2,
    )}\n`,
  ),
  mode: 0o644,
})

/** Configuration of others that the runtime takes in place of ours. */
export const earlierConfigurations = (confDir: string): readonly string[] =>
  readdirSync(confDir)
    .filter((name) => /^[^.].*\.(conf|conflist|json)$/.test(name) && name < CONFLIST_FILE)
    .sort()
    .map((name) => join(confDir, name))

function readClient(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new Error(`cannot read the plugin ${path}; run \`make build\`, or install the package again`, { cause })
  }
}
