// A controller at work on a real store of its own: a network of one site, of nodes a, b and c, with two gateways.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatIssue, openDirectoryStore } from '../store/index.ts'
import { type ControllerOptions, type ControllerStore, runController } from './controller.ts'

const NETWORK = `apiVersion: damask.dev/v1alpha1
kind: Network
metadata: { name: default }
spec: { podPrefixes: [10.42.0.0/16], gatewaysPerSite: 2 }
`
export const node = (name: string, number: number, fields = ''): string => `apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: ${name} }
spec: { site: s, privateAddresses: [192.168.0.${number}/24], podPrefixes: [10.42.${number}.0/24]${fields} }
`

type Clock = ControllerOptions['clock']

function slotIn(path: string): string {
  try {
    return /slot: (\d+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? ''
  } catch {
    return '' // removed since the folder was listed
  }
}

/** A tenth of each pause. */
const hasty: Clock = {
  after(milliseconds: number, run: () => void) {
    const timer = setTimeout(run, milliseconds / 10)
    return () => clearTimeout(timer)
  },
}

/** Its pauses end by hand. */
export function handClock() {
  const due: (() => void)[] = []
  const clock: Clock = {
    after(_, run) {
      due.push(run)
      return () => void due.splice(due.indexOf(run), 1)
    },
  }
  return { due, clock }
}

export type Trial = ReturnType<typeof openTrial>

export function openTrial() {
  const folder = mkdtempSync(join(tmpdir(), 'damask-controller-'))
  const root = join(folder, 'store')
  mkdirSync(root)
  const lines: string[] = []
  const stopping = new AbortController()
  let running = Promise.resolve()
  function put(name: string, text: string): void {
    writeFileSync(join(folder, 'draft'), text)
    renameSync(join(folder, 'draft'), join(root, name))
  }
  put('network.yaml', NETWORK)
  for (const [index, name] of ['a', 'b', 'c'].entries()) put(`${name}.yaml`, node(name, index + 1))
  const opened = openDirectoryStore({ directory: root })
  const store: ControllerStore = { ...opened, formatIssue }
  function granted(): Record<string, string> {
    const inside = join(root, 'granted')
    const names = existsSync(inside) ? readdirSync(inside).filter((name) => name.endsWith('.yaml')) : []
    return Object.fromEntries(names.map((name) => [name.slice(0, -5), slotIn(join(inside, name))]))
  }
  async function until(isTrue: () => boolean): Promise<void> {
    for (const end = Date.now() + 60_000; !isTrue(); ) {
      if (Date.now() > end) throw new Error(`not so within a minute: ${isTrue}\n${lines.join('\n')}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return {
    folder,
    root,
    store,
    /** What it said, without the folder's name. */
    lines,
    put,
    remove: (name: string): void => rmSync(join(root, name)),
    start({ clock = hasty, read = store.read }: { clock?: Clock; read?: ControllerStore['read'] } = {}): void {
      const say = (_: object, message: string): void => void lines.push(message.replaceAll(`${root}/`, ''))
      const log = { info: say, warn: say }
      running = runController({ store: { ...store, read }, clock, log, signal: stopping.signal })
    },
    /** Slots by node, as files say it. */
    granted,
    until,
    becomes: (wanted: Record<string, string>): Promise<void> =>
      until(() => JSON.stringify(granted()) === JSON.stringify(wanted)),
    /** Turn by turn: where the process was kept waiting, a timer is due before what the kernel has to tell was read. */
    async quiet(): Promise<void> {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 10))
    },
    stop(): Promise<void> {
      stopping.abort()
      return running
    },
    async close(): Promise<void> {
      stopping.abort()
      await running
      opened.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
