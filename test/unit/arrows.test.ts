// Rooms and their arrows, read from the imports: who may know whom is settled here and nowhere else.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const SOURCE = resolve(import.meta.dirname, '../../src')

const ARROWS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  planner: ['model'],
  reconcile: ['model'],
  render: ['model'],
  foresight: ['model', 'planner', 'reconcile', 'render', 'verifier'],
  'wg-quick': ['model'],
  verifier: ['model'],
  linux: ['model'],
  store: ['model'],
  cni: ['model', 'linux'],
  agent: ['model', 'planner', 'reconcile', 'render', 'linux', 'store', 'cni'],
  controller: ['model', 'planner', 'store'],
  lab: ['model', 'planner', 'reconcile', 'render', 'verifier', 'linux', 'store', 'cni', 'agent', 'controller'],
  cli: [
    'model',
    'planner',
    'reconcile',
    'render',
    'foresight',
    'verifier',
    'wg-quick',
    'linux',
    'store',
    'cni',
    'agent',
    'controller',
    'lab',
  ],
}
const PURE = new Set(['model', 'planner', 'reconcile', 'render', 'foresight', 'verifier', 'wg-quick'])

type Import = { readonly file: string; readonly room: string; readonly from: string }

const files = readdirSync(SOURCE, { recursive: true, withFileTypes: true })
  .filter(
    (entry) => entry.isFile() && entry.name.endsWith('.ts') && !/\.(test|conformance|fixture)\.ts$/.test(entry.name),
  )
  .map((entry) => join(entry.parentPath, entry.name))

const imports: Import[] = files.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, from = '']) => ({
    file: relative(SOURCE, file),
    room: roomOf(file),
    from,
  })),
)

function roomOf(file: string): string {
  return relative(SOURCE, file).split('/')[0] ?? ''
}

const crossings = imports.flatMap(({ file, room, from }) => {
  if (!from.startsWith('.')) return []
  const target = relative(SOURCE, resolve(dirname(join(SOURCE, file)), from))
  const targetRoom = target.split('/')[0] ?? ''
  return targetRoom === room ? [] : [{ file, room, target, targetRoom }]
})

describe('rooms', () => {
  test('there are files to read', () => {
    expect(files.length).toBeGreaterThan(50)
    expect(crossings.length).toBeGreaterThan(20)
  })

  test('every folder of src is a room of the table, with a door that says what it is for', () => {
    for (const room of readdirSync(SOURCE)) {
      expect(Object.keys(ARROWS)).toContain(room)
      expect(readFileSync(join(SOURCE, room, 'index.ts'), 'utf8')).toMatch(/^\/\/ [A-Z][\s\S]*Never/)
    }
  })

  test('a room imports only the rooms that the table allows', () => {
    expect(crossings.filter(({ room, targetRoom }) => !ARROWS[room]?.includes(targetRoom))).toEqual([])
  })

  test('what costs are counted from is what packets do, and not what the planner meant', () => {
    const cost = crossings.filter(({ file }) => file.startsWith('foresight/cost/'))
    expect([...new Set(cost.map(({ targetRoom }) => targetRoom))].sort()).toEqual(['model', 'verifier'])
  })

  test('a room is entered by its door', () => {
    expect(crossings.filter(({ target, targetRoom }) => target !== `${targetRoom}/index.ts`)).toEqual([])
  })

  test('the arrows make no cycle', () => {
    const reach = (room: string, seen: readonly string[] = []): boolean =>
      (ARROWS[room] ?? []).some((next) => next === seen[0] || reach(next, [...seen, room]))
    for (const room of Object.keys(ARROWS)) expect(reach(room, [room])).toBe(false)
  })

  test('pure rooms name nothing of Node, no clock and no randomness', () => {
    expect(imports.filter(({ room, from }) => PURE.has(room) && from.startsWith('node:'))).toEqual([])
    for (const file of files.filter((candidate) => PURE.has(roomOf(candidate))))
      expect(readFileSync(file, 'utf8'), file).not.toMatch(
        /Date\.now|new Date\(\)|Math\.random|performance\.now|process\./,
      )
  })

  test('TypeScript project references say the same', () => {
    for (const [room, allowed] of Object.entries(ARROWS)) {
      const { references = [] } = JSON.parse(readFileSync(join(SOURCE, room, 'tsconfig.json'), 'utf8'))
      expect(references.map(({ path }: { path: string }) => path.replace('../', '')).sort(), room).toEqual(
        [...allowed].sort(),
      )
    }
  })
})
