import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createNamespace, deleteNamespace, type NamespaceHandle, openNamespace } from '../namespace.ts'
import { type Nftables, openNftables } from './libnftables.ts'

const names = ['a', 'b'].map((which) => `dmk-nft-${which}-${process.pid}-${randomBytes(3).toString('hex')}`)
let namespaces: NamespaceHandle[]
let here: Nftables
let there: Nftables

beforeEach(() => {
  for (const name of names) createNamespace(name)
  namespaces = names.map(openNamespace)
  here = openNftables(namespaces[0])
  there = openNftables(namespaces[1])
})
afterEach(() => {
  here.close()
  there.close()
  for (const namespace of namespaces) namespace.close()
  for (const name of names) deleteNamespace(name)
})

test('commands act on the namespace that it was opened in, from wherever they are given', async () => {
  expect(await here.run('add table ip only-here')).toBe('')
  expect(await here.run('list tables')).toBe('table ip only-here\n')
  expect(await there.run('list tables')).toBe('')
})

test('what is asked at once is done one after the other, text and JSON mixed', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, async (_, n) => {
      await here.run(`add table ip t${n}`)
      const listed = await here.runJson([{ list: { tables: { family: 'ip' } } }])
      return JSON.stringify(listed).includes(`"t${n}"`)
    }),
  )
  expect(answers).toEqual(Array(40).fill(true))
  expect((await here.run('list tables')).trim().split('\n')).toHaveLength(40)
})

test('the event loop runs on while a large ruleset is loaded', async () => {
  const elements = Array.from({ length: 20_000 }, (_, n) => `10.${n >> 12}.${(n >> 4) & 255}.${(n & 15) << 4}`)
  const text = `table ip t { set s { type ipv4_addr; elements = { ${elements.join(', ')} }; }; }`
  let turns = 0
  const timer = setInterval(() => turns++, 1)
  await here.run(text)
  clearInterval(timer)
  expect(turns).toBeGreaterThan(2) // about 100; none where it is held up
})

test('a refusal says what nft says, without the echo of the input, and the next command is not touched by it', async () => {
  await expect(here.run('list table ip none')).rejects.toMatchObject({
    message: 'nftables refused it: No such file or directory',
    code: 'ENOENT',
  })
  await expect(here.run('add table ip a; bogus words')).rejects.toThrow(/^nftables refused it: syntax error/)
  await expect(here.runJson([{ add: { nonsense: {} } }])).rejects.toThrow(/^nftables refused it: /)
  expect(await here.run('list tables')).toBe('')
})

test('closing waits for what is under way and refuses the rest', async () => {
  const under = here.run('add table ip last')
  here.close()
  here.close()
  await under
  await expect(here.run('list tables')).rejects.toThrow('nftables was closed')
  const again = openNftables(namespaces[0])
  expect(await again.run('list tables')).toBe('table ip last\n')
  again.close()
})

test('what was let go of is read again', async () => {
  await here.run('table inet one { set s { type ipv4_addr; elements = { 10.0.0.1 }\n }\n }')
  const list = [{ list: { table: { family: 'inet', name: 'one' } } }]
  const before = await here.runJson(list)
  await here.forget()
  expect(await here.runJson(list)).toEqual(before)
  await here.forget()
  await here.run('add element inet one s { 10.0.0.2 }')
  expect(await here.run('list set inet one s')).toContain('10.0.0.1, 10.0.0.2')
})
