// `make bench` from end to end, so small that its figures mean nothing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { Report } from '../../bench/report.ts'

const folder = mkdtempSync(join(tmpdir(), 'damask-bench-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** With the sockets of wireguard-go for itself: its devices have the names that those of any other run have. */
const ALONE = 'mkdir -p /run/wireguard && mount -n -t tmpfs tmpfs /run/wireguard && exec "$@"'

async function bench(words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const main = join(import.meta.dirname, '../../bench/main.ts')
  const program = [process.execPath, '--expose-gc', main, '--quick', ...words]
  const child = spawn('unshare', ['--mount', '--propagation', 'slave', 'sh', '-c', ALONE, 'sh', ...program], {
    env: { ...process.env, TMPDIR: folder, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => said.push(bytes))
  const [code] = await once(child, 'close')
  return { code, text: Buffer.concat(said).toString() }
}

it('measures everything, prints a table, writes JSON, and leaves nothing behind', { timeout: 900_000 }, async () => {
  const results = join(folder, 'results.json')
  const { code, text } = await bench(['--results', results])
  expect(text).not.toMatch(/cannot clean up| ! /)
  expect(code).toBe(0)
  const report: Report = JSON.parse(readFileSync(results, 'utf8'))
  expect(report).toMatchObject({ isQuick: true, machine: { cores: expect.any(Number), node: process.version } })
  expect(report.benchmarks.map(({ name }) => name)).toEqual([
    'planner',
    'proof',
    'routes',
    'wireguard',
    'drift',
    'footprint',
    'store',
    'cni',
    'mesh-nodes',
  ])
  for (const { name, figures, notes, error } of report.benchmarks) {
    expect(error, name).toBeUndefined()
    // An API server is built by the suites in test clusters, and not everywhere.
    if (name === 'mesh-nodes' && notes.some((note) => note.startsWith('left out: it needs etcd'))) continue
    expect(figures.length, name).toBeGreaterThan(0)
    for (const figure of figures) {
      expect(Number.isFinite(figure.median) && figure.runs > 0, `${name}: ${figure.name}`).toBe(true)
      expect(text).toContain(figure.name)
    }
  }
  expect(readdirSync(folder)).toEqual(['results.json'])
})

it('refuses a benchmark that there is not, and names those that there are', async () => {
  const { code, text } = await bench(['--only', 'everything'])
  expect(code).toBe(2)
  expect(text).toMatch(/no benchmark everything.*planner.*mesh-nodes/)
})

it('leaves out what needs an API server where none was built, and says how to have one', async () => {
  const { code, text } = await bench(['--only', 'mesh-nodes', '--results', join(folder, 'without.json')], {
    XDG_CACHE_HOME: join(folder, 'empty'),
  })
  expect(text).toContain('left out: it needs etcd and kube-apiserver, which `make test-cluster` builds')
  expect(code).toBe(0)
})
