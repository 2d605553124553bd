import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { scratchNamespace } from '../../test/scratch-namespace.ts'
import { createNamespace, deleteNamespace, inNamespace, listNamespaces, openNamespace } from './namespace.ts'
import { openRtnetlink } from './rtnetlink.ts'
import { readSysctl, readSysctls, writeSysctl } from './sysctl.ts'
import { codeOf } from './system-error.ts'

const here = (): string => readlinkSync('/proc/thread-self/ns/net')

test('a namespace that we make is one that `ip netns` lists and enters', () => {
  const { name, handle, run } = scratchNamespace()
  expect(
    execFileSync('ip', ['netns'], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.split(' ')[0]),
  ).toContain(name)
  expect(run('readlink', '/proc/self/ns/net').trim()).toBe(inNamespace(handle, here))
  expect(listNamespaces(name)).toEqual([name])
})

test('the thread is at home again after a namespace was made, entered, or left by a throw', () => {
  const home = here()
  const { handle } = scratchNamespace()
  expect(here()).toBe(home)
  expect(inNamespace(handle, here)).not.toBe(home)
  expect(here()).toBe(home)
  expect(() =>
    inNamespace(handle, () => {
      throw new Error('thrown inside')
    }),
  ).toThrow('thrown inside')
  expect(here()).toBe(home)
})

test('a bracket inside a bracket comes back to the outer one', () => {
  const outer = scratchNamespace()
  const inner = scratchNamespace()
  const seen = inNamespace(outer.handle, () => [here(), inNamespace(inner.handle, here), here()])
  expect(seen[2]).toBe(seen[0])
  expect(seen[1]).not.toBe(seen[0])
})

test('a function that returns a promise is refused', () => {
  const { handle } = scratchNamespace()
  const home = here()
  const promising = (async () => {}) as () => never
  expect(() => inNamespace(handle, promising)).toThrow('the function returned a promise')
  expect(here()).toBe(home)
})

test('the threads of the pool stay at home', async () => {
  const { handle } = scratchNamespace()
  const reads = inNamespace(handle, () => ({
    all: Array.from({ length: 8 }, () => readFile('/proc/thread-self/net/dev', 'utf8')),
  }))
  for (const devices of await Promise.all(reads.all))
    expect(devices).toBe(readFileSync('/proc/thread-self/net/dev', 'utf8'))
})

test('a name that is taken is refused with EEXIST, and what stands there is left alone', () => {
  const { name, handle } = scratchNamespace()
  const before = inNamespace(handle, here)
  try {
    createNamespace(name)
    expect.unreachable()
  } catch (error) {
    expect(codeOf(error)).toBe('EEXIST')
    expect(String(error)).toContain(`cannot create network namespace ${name}`)
  }
  const again = openNamespace(name)
  expect(inNamespace(again, here)).toBe(before)
  again.close()
})

test('names that would leave the folder are refused', () => {
  for (const name of ['..', '.', '', 'a/b']) expect(() => createNamespace(name)).toThrow('not a name')
})

test('a namespace can be deleted twice; one that is not there cannot be opened', () => {
  const { name } = scratchNamespace()
  deleteNamespace(name)
  deleteNamespace(name)
  expect(listNamespaces(name)).toEqual([])
  expect(() => openNamespace(name)).toThrow(`cannot open network namespace ${name}: ENOENT`)
})

test('the links of a namespace go when its name and its sockets are gone', async () => {
  const [here, there] = [scratchNamespace(), scratchNamespace()]
  const rtnetlink = openRtnetlink(here.handle)
  rtnetlink.addVethPair({ name: 'a', peer: 'b', peerNamespace: there.handle })
  deleteNamespace(there.name)
  expect(rtnetlink.findLink('a')).toBeDefined()
  there.handle.close()
  await expect.poll(() => rtnetlink.findLink('a')).toBeUndefined()
  rtnetlink.close()
})

test('a sysctl is read and written in the namespace, and nowhere else', () => {
  const [one, other] = [scratchNamespace(), scratchNamespace()]
  const key = 'net/ipv4/ip_forward'
  writeSysctl(one.handle, key, '1')
  expect(readSysctl(one.handle, key)).toBe('1')
  expect(readSysctl(other.handle, key)).toBe('0')
  expect(readSysctls(one.handle, [key, 'net/no/such'])).toEqual(new Map([[key, '1']]))
  expect(() => readSysctl(one.handle, '../../etc/passwd')).toThrow('not a sysctl')
})

test('a thousand visits leave no descriptor behind', async () => {
  const { name } = scratchNamespace()
  const countDescriptors = (): number => readdirSync('/proc/self/fd').length
  const before = countDescriptors()
  for (let visit = 0; visit < 1000; visit++) {
    const handle = openNamespace(name)
    openRtnetlink(handle).close()
    handle.close()
  }
  // A socket for slow requests is closed a turn later. The test runner may open some of its own.
  await expect.poll(() => countDescriptors() - before).toBeLessThan(20)
})
