// Keeps what a container runtime needs of us in its folders, as long as Damask carries the node's pods: the plugin's client first, the
// configuration last, as a runtime that sees it sends pods. Where another plugin carries them the configuration goes, and the client stays for
// pods that are ours still. Nothing is taken away when the agent stops.
import {
  clientFile,
  conflistFile,
  conflistPath,
  earlierConfigurations,
  type InstalledFiles,
  isStockPluginThere,
  openInstalledFiles,
  STOCK_PLUGINS,
  type WantedFile,
} from '../cni/index.ts'
import type { Prefix } from '../model/index.ts'
import type { Clock } from './clock.ts'
import type { DataPlane } from './data-plane.ts'
import type { HostFinding } from './host-check.ts'
import type { Log } from './secret-log.ts'

export type CniFolders = {
  /** The client that was built. */
  readonly client: string
  /** Where the runtime looks for plugins, and for configuration. */
  readonly binDir: string
  readonly confDir: string
}

export type CniInstaller = {
  /** What stands in the way of the runtime taking ours. */
  readonly findings: () => readonly HostFinding[]
  /** Looks at once where there is another wish than there was; resolves when nothing is at work. Never rejects. */
  readonly nudge: () => Promise<void>
  readonly close: () => Promise<void>
}

export type CniInstallerOptions = {
  readonly folders: CniFolders
  /** Remembers which files are ours, for who takes them away. */
  readonly recordPath: string
  /** Undefined: not known now, so nothing is touched. */
  readonly wish: () => 'install' | 'take-away' | undefined
  readonly noteDrift: (op: 'create' | 'update', entry: string) => void
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn'>
}

/** Two small files are read, and a folder is listed. */
const EVERY_MS = 10_000

export function installCni({ folders, recordPath, wish, noteDrift, clock, log }: CniInstallerOptions): CniInstaller {
  let findings: readonly HostFinding[] = []
  let wished: ReturnType<typeof wish>
  let looking: Promise<void> | undefined
  let isClosed = false
  let cancel = (): void => {}
  let program: WantedFile | undefined

  async function look(): Promise<void> {
    wished = wish()
    if (wished === undefined) return
    const before = findings
    try {
      const files = await openInstalledFiles(recordPath)
      findings = wished === 'install' ? await install(files) : await takeAway(files)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      findings = [finding('CniNotInstalled', `cannot see to the files of container runtimes: ${why}`)]
    }
    for (const { message } of findings) if (!before.some((one) => one.message === message)) log.warn({}, message)
  }

  async function install(files: InstalledFiles): Promise<HostFinding[]> {
    const { binDir, confDir, client } = folders
    program ??= clientFile(binDir, client)
    await putBack(files, program)
    const chain = STOCK_PLUGINS.filter((name) => isStockPluginThere(binDir, name))
    await putBack(files, conflistFile({ confDir, chain }))
    return earlierConfigurations(confDir).map(cameFirst)
  }

  async function putBack(files: InstalledFiles, file: WantedFile): Promise<void> {
    const state = await files.look(file)
    if (state === 'as-wanted') return
    await files.put(file, { isForced: state === 'changed' })
    const { path } = file
    if (state === 'missing' || state === 'changed') {
      noteDrift(state === 'missing' ? 'create' : 'update', `file ${path}`)
      log.warn({ path }, `somebody ${state === 'missing' ? 'deleted' : 'changed'} ${path}; it is put back`)
    } else log.info({ path }, `installed ${path}`)
  }

  async function takeAway(files: InstalledFiles): Promise<HostFinding[]> {
    const path = conflistPath(folders.confDir)
    const outcome = await files.remove(path)
    if (outcome === 'removed')
      log.info({ path }, `another network plugin carries the pods of this site; removed ${path}`)
    if (outcome !== 'kept') return []
    const message = `another network plugin is to carry the pods of this site, and somebody changed ${path}, so it is left; remove it`
    return [finding('CniConfigurationKept', message)]
  }

  function start(): void {
    cancel()
    looking ??= look().finally(() => {
      looking = undefined
      if (isClosed) return
      if (wish() === wished) cancel = clock.after(EVERY_MS, start)
      else start()
    })
  }
  start()

  return {
    findings: () => findings,
    async nudge() {
      if (!isClosed && looking === undefined && wish() !== wished) start()
      await looking
    },
    async close() {
      isClosed = true
      cancel()
      await looking
    },
  }
}

/** Damask carries the node's pods where its site has a fabric, and it can as soon as the node's network stands. */
export function wishForRuntime({ nodePlan, report }: DataPlane, name: string): 'install' | 'take-away' | undefined {
  const plan = nodePlan.plan()
  const planned = plan?.nodeNamed(name)
  const site = plan?.sites.get(planned?.siteName ?? '')
  if (planned === undefined || site === undefined) return undefined
  if (site.fabric.kind === 'none') return 'take-away'
  const { state } = report()
  const { podPrefixes } = planned.node
  const hasGateway = ({ family }: Prefix): boolean => family === 6 || state?.gatewayAddresses[4] !== undefined
  return state !== undefined && podPrefixes.length > 0 && podPrefixes.every(hasGateway) ? 'install' : undefined
}

const finding = (type: string, message: string): HostFinding => ({ severity: 'warning', type, message })

const cameFirst = (path: string): HostFinding =>
  finding(
    'OtherCniConfiguration',
    `${path} comes before the configuration of damask, and container runtimes take the first by name; move it away, or leave the pods of ` +
      'this site to that plugin (fabric none)',
  )
