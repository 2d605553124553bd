// Thousands of routes from empty, as the agent makes them (read, compare, change), beside `ip -batch` with the same routes
// over the same kind of device in a namespace of its own.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openKernel, openRtnetlink } from '../src/linux/index.ts'
import {
  ANCHOR_LINK,
  formatPrefix,
  hostPrefix,
  LINK_GROUP,
  link,
  type NodeState,
  nthAddress,
  PROTOCOL,
  parsePrefix,
  route,
  TABLE,
} from '../src/model/index.ts'
import { diff } from '../src/reconcile/index.ts'
import type { Bench, Benchmark, Figure } from './benchmark.ts'
import { figure, sample } from './samples.ts'
import { scratchNamespace } from './scratch-namespace.ts'

const RANGE = parsePrefix('10.0.0.0/8')

export const routes: Benchmark = {
  name: 'routes',
  about: 'routes from empty and found as wanted, beside iproute2',
  needsRoot: true,
  async run(bench) {
    const count = bench.isQuick ? 500 : 10_000
    const runs = bench.isQuick ? 2 : 10
    const ours = await sample({ runs, warmUps: 2, ...oursIn(bench, count) })
    const theirs = await sample({ runs, warmUps: 1, ...iprouteIn(bench, count) })
    const again = await sample({ runs, warmUps: 1, ...readAgain(bench, count) })
    const shown = await sample({ runs, warmUps: 1, ...iprouteShow(bench, count) })
    const what = `${count.toLocaleString('en')} routes`
    return [
      figure(`${what} from empty`, ours, { budget: 150, peer: { name: 'ip -batch', samples: theirs } }),
      figure(`${what} read, nothing to change`, again, { peer: { name: 'ip -j route show', samples: shown } }),
    ] satisfies readonly Figure[]
  },
}

/** The wanted state; without routes, what stands before. */
function stateOf(count: number): NodeState {
  const because = [{ resource: 'Network/default', rule: 'measured' }]
  const anchor = link({ name: ANCHOR_LINK, type: { kind: 'dummy' }, mtuBytes: 1500, because })
  const parts = Array.from({ length: count }, (_, index) =>
    route({
      table: TABLE,
      to: hostPrefix(nthAddress(RANGE, index)),
      target: { kind: 'link', link: ANCHOR_LINK },
      because,
    }),
  )
  return { node: 'bench', gatewayAddresses: {}, parts: [[anchor], parts] }
}

/** The kernel takes a deleted namespace apart behind our back, and other changes wait for it. */
const LAST_NAMESPACE_MS = 100

async function emptyKernel(bench: Bench) {
  await sleep(LAST_NAMESPACE_MS)
  const namespace = scratchNamespace(bench)
  const kernel = await openKernel({ namespace: namespace.handle, privateKeys: new Map() })
  const bring = async (state: NodeState): Promise<number> => {
    const changes = diff(state, (await kernel.observe([])).entries)
    const failures = await kernel.apply(changes)
    if (failures[0] !== undefined) throw new Error(`${failures.length} changes failed: ${failures[0].message}`)
    return changes.length
  }
  await bring(stateOf(0))
  return { namespace, kernel, bring }
}

type EmptyKernel = Awaited<ReturnType<typeof emptyKernel>>

const close = ({ kernel, namespace }: EmptyKernel): void => {
  kernel.close()
  namespace.remove()
}

const oursIn = (bench: Bench, count: number) => {
  const state = stateOf(count)
  return {
    prepare: () => emptyKernel(bench),
    run: (made: EmptyKernel) => made.bring(state).then(expect(count)),
    after: async (made: EmptyKernel) => {
      expect(0)(await made.bring(state))
      close(made)
    },
  }
}

const readAgain = (bench: Bench, count: number) => {
  const state = stateOf(count)
  return {
    async prepare() {
      const made = await emptyKernel(bench)
      await made.bring(state)
      return made
    },
    run: (made: EmptyKernel) => made.bring(state).then(expect(0)),
    after: close,
  }
}

const expect = (wanted: number) => (changes: number) => {
  if (changes !== wanted) throw new Error(`${changes} changes were made, and ${wanted} had to be`)
}

function emptyPlace(bench: Bench) {
  const namespace = scratchNamespace(bench)
  const rtnetlink = openRtnetlink(namespace.handle)
  rtnetlink.addBridge({ name: ANCHOR_LINK, group: LINK_GROUP })
  rtnetlink.close()
  return namespace
}

function iprouteIn(bench: Bench, count: number) {
  const file = join(bench.folder, 'routes.batch')
  const lines = Array.from(
    { length: count },
    (_, index) =>
      `route add ${formatPrefix(hostPrefix(nthAddress(RANGE, index)))} dev ${ANCHOR_LINK} table ${TABLE} protocol ${PROTOCOL}\n`,
  )
  writeFileSync(file, lines.join(''))
  return {
    async prepare() {
      await sleep(LAST_NAMESPACE_MS)
      return emptyPlace(bench)
    },
    run: ({ name }: { readonly name: string }) => void ip(name, '-batch', file),
    after: ({ remove }: { readonly remove: () => void }) => remove(),
  }
}

function iprouteShow(bench: Bench, count: number) {
  const { prepare, run, after } = iprouteIn(bench, count)
  return {
    async prepare() {
      const namespace = await prepare()
      run(namespace)
      return namespace
    },
    run({ name }: { readonly name: string }) {
      const shown: readonly unknown[] = JSON.parse(ip(name, '-j', 'route', 'show', 'table', String(TABLE)))
      if (shown.length !== count) throw new Error(`ip shows ${shown.length} routes in place of ${count}`)
    },
    after,
  }
}

function ip(namespace: string, ...words: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync('ip', ['-n', namespace, ...words], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(`ip ${words.join(' ')} ended with ${status}: ${stderr}`)
  return stdout
}
