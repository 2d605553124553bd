import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DirectoryStore, formatIssue, openDirectoryStore } from '../store/index.ts'
import { type ControllerOptions, runController } from './controller.ts'

const NETWORK = `apiVersion: damask.dev/v1alpha1
kind: Network
metadata: { name: default }
spec: { podPrefixes: [10.42.0.0/16], gatewaysPerSite: 2 }
`
const node = (name: string, number: number, fields = ''): string => `apiVersion: damask.dev/v1alpha1
kind: Node
metadata: { name: ${name} }
spec: { site: s, privateAddresses: [192.168.0.${number}/24], podPrefixes: [10.42.${number}.0/24]${fields} }
`

type Clock = ControllerOptions['clock']

let folder: string
let root: string
let store: DirectoryStore
let lines: string[]
let stop: AbortController
let running: Promise<void>
/** A tenth of each pause. */
const hasty: Clock = {
  after(milliseconds: number, run: () => void) {
    const timer = setTimeout(run, milliseconds / 10)
    return () => clearTimeout(timer)
  },
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-controller-'))
  root = join(folder, 'store')
  mkdirSync(root)
  lines = []
  put('network.yaml', NETWORK)
  for (const [index, name] of ['a', 'b', 'c'].entries()) put(`${name}.yaml`, node(name, index + 1))
  store = openDirectoryStore({ directory: root })
  stop = new AbortController()
  running = Promise.resolve()
})
afterEach(async () => {
  stop.abort()
  await running
  store.close()
  rmSync(folder, { recursive: true, force: true })
})
const put = (name: string, text: string): void => {
  writeFileSync(join(folder, 'draft'), text)
  renameSync(join(folder, 'draft'), join(root, name))
}
const start = (clock: Clock = hasty): void => {
  const say = (_: object, message: string): void => void lines.push(message.replaceAll(`${root}/`, ''))
  const log = { info: say, warn: say }
  running = runController({ store: { ...store, formatIssue }, clock, log, signal: stop.signal })
}
const granted = (): Record<string, string> => {
  const inside = join(root, 'granted')
  const names = existsSync(inside) ? readdirSync(inside).filter((name) => name.endsWith('.yaml')) : []
  return Object.fromEntries(
    names.map((name) => [name.slice(0, -5), /slot: (\d+)/.exec(readFileSync(join(inside, name), 'utf8'))?.[1] ?? '']),
  )
}
async function until(isTrue: () => boolean): Promise<void> {
  for (const end = Date.now() + 5000; !isTrue(); ) {
    if (Date.now() > end) throw new Error(`not so within 5 s: ${isTrue}\n${lines.join('\n')}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
const becomes = (wanted: Record<string, string>): Promise<void> =>
  until(() => JSON.stringify(granted()) === JSON.stringify(wanted))
const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 200))

describe('the controller', () => {
  test('grants the slots of a site, says so, and then writes nothing more', async () => {
    start()
    await becomes({ a: '1', b: '2' })
    const { ino } = statSync(join(root, 'granted/a.yaml'))
    await quiet()
    put('c.yaml', `${node('c', 3)}# seen\n`)
    await quiet()
    expect(statSync(join(root, 'granted/a.yaml')).ino).toBe(ino)
    expect(lines).toEqual(['granted slot 1 of site s to node a', 'granted slot 2 of site s to node b'])
  })

  test('moves no slot when a better node joins, and gives that of one who leaves to the next', async () => {
    start()
    await becomes({ a: '1', b: '2' })
    put('0.yaml', node('0-best', 10, ', gateway: prefer'))
    await quiet()
    expect(granted()).toEqual({ a: '1', b: '2' })
    rmSync(join(root, 'a.yaml'))
    await becomes({ '0-best': '1', b: '2' })
    put('b.yaml', node('b', 2, ', gateway: never'))
    await until(() => lines.length === 6)
    expect(granted()).toEqual({ '0-best': '1', c: '2' })
    expect(lines.slice(2)).toEqual([
      'removed the grant of node a, which is gone',
      'granted slot 1 of site s to node 0-best',
      'took slot 2 of site s from node b, which is no gateway',
      'granted slot 2 of site s to node c',
    ])
  })

  test('takes no slot from a node whose file is away for a moment', async () => {
    const due: (() => void)[] = []
    start({
      after(_, run) {
        due.push(run)
        return () => void due.splice(due.indexOf(run), 1)
      },
    })
    await until(() => due.length === 1)
    due[0]?.()
    await becomes({ a: '1', b: '2' })
    await until(() => due.length === 0)
    rmSync(join(root, 'a.yaml'))
    await until(() => due.length === 1)
    put('a.yaml', node('a', 1))
    await until(() => due.length === 0)
    await quiet()
    expect(granted()).toEqual({ a: '1', b: '2' })
    expect(lines).toHaveLength(2)
  })

  test('keeps what it granted while the world is broken or cannot be planned, says why once, and goes on when it is mended', async () => {
    start()
    await becomes({ a: '1', b: '2' })
    rmSync(join(root, 'a.yaml'))
    put('b.yaml', 'kind: [')
    await quiet()
    expect(granted()).toEqual({ a: '1', b: '2' })
    put('b.yaml', node('b', 2).replace('192.168.0.2', '192.168.99.2'))
    await until(() => lines.length === 4)
    expect(granted()).toEqual({ a: '1', b: '2' })
    put('b.yaml', node('b', 2))
    await until(() => lines.length === 7)
    expect(granted()).toEqual({ b: '2', c: '1' })
    expect(lines.slice(2)).toEqual([
      expect.stringMatching(/^the store holds no world that can be used: b\.yaml:\d+:\d+: .*; what was granted stays$/),
      expect.stringMatching(/^the store holds no world that can be used: site s .* subnet .*; what was granted stays$/),
      'removed the grant of node a, which is gone',
      'granted slot 1 of site s to node c',
      'all is granted again',
    ])
  })

  test('waits for a store that is away, and watches it again', async () => {
    renameSync(root, join(folder, 'away'))
    start()
    await until(() => lines.length === 1)
    expect(lines[0]).toContain('there is no such file or folder')
    renameSync(join(folder, 'away'), root)
    await becomes({ a: '1', b: '2' })
    rmSync(join(root, 'a.yaml'))
    await becomes({ b: '2', c: '1' })
  })

  test('grants the others when a file of one is not its own, and that one once the file is gone', async () => {
    mkdirSync(join(root, 'granted'))
    put('granted/a.yaml', 'not: [mine')
    start()
    await until(() => lines.length === 2)
    expect(lines).toEqual([
      'granted slot 2 of site s to node b',
      'cannot write the grant of node a to granted/a.yaml: somebody else wrote it; move it away, and the controller writes its own',
    ])
    rmSync(join(root, 'granted/a.yaml'))
    await becomes({ a: '1', b: '2' })
  })

  test('ends when it is told to, and not before what it writes is written', async () => {
    start()
    await becomes({ a: '1', b: '2' })
    stop.abort()
    await running
    rmSync(join(root, 'a.yaml'))
    await quiet()
    expect(granted()).toEqual({ a: '1', b: '2' })
  })
})
