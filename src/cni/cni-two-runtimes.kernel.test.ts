// Two container runtimes on one node, which know nothing of each other: Docker beside the kubelet's containerd, or a runtime that was
// restarted while requests of its earlier life are still at work.
import { expect, test } from 'vitest'
import { formatAddress } from '../model/index.ts'
import { eachTestHasANode } from './node-of-each-test.fixture.ts'
import { type Answer, NOTHING, pathOf, ping, type TestNode } from './test-node.fixture.ts'

let node: TestNode
eachTestHasANode((made) => {
  node = made
})

const PODS = 12
const names = (runtime: string): string[] => Array.from({ length: PODS }, (_, index) => `${runtime}-${index}`)
const known = (ids: readonly string[]): object => ({
  cniVersion: '1.1.0',
  'cni.dev/valid-attachments': ids.map((containerID) => ({ containerID, ifname: 'eth0' })),
})
const addressesOf = ({ output }: Answer): string[] => (output.ips ?? []).map(({ address }) => address)

test('two runtimes that add, collect and delete at once do not meet', async () => {
  const live = async (runtime: string): Promise<readonly Answer[]> => {
    const network = { name: runtime }
    const answers = await Promise.all(
      names(runtime).map(async (id) => {
        const path = pathOf(node.makeNamespace(id))
        const added = await node.call('ADD', id, path, network)
        // Each pod is deleted and added once more, while others are still being added.
        await node.call('DEL', id, path, network)
        return added.exitCode === 0 ? node.call('ADD', id, path, network) : added
      }),
    )
    const [kept, gone] = [names(runtime).slice(0, PODS / 2), names(runtime).slice(PODS / 2)]
    expect(await node.call('GC', '', '', { ...network, ...known(kept) })).toMatchObject({ exitCode: 0 })
    const left = node
      .journal()
      .pods()
      .filter(({ networkName }) => networkName === runtime)
    expect(left.map(({ containerId }) => containerId).sort()).toEqual([...kept].sort())
    return answers.slice(0, -gone.length)
  }
  const answers = (await Promise.all(['docker', 'kubelet'].map(live))).flat()
  expect(answers.filter(({ exitCode }) => exitCode !== 0)).toEqual([])
  expect(new Set(answers.flatMap(addressesOf)).size).toBe(2 * PODS)
  await expect.poll(node.hostSide).toMatchObject({ routes: 2 * PODS, neighbours: 2 * PODS })
  for (const answer of answers.flatMap(addressesOf)) expect(ping(node.namespace, answer.replace(/\/.*/, ''))).toBe(true)

  await Promise.all(['docker', 'kubelet'].flatMap(names).map((id) => node.call('DEL', id, '')))
  await expect.poll(node.hostSide).toEqual(NOTHING)
  expect(node.journal().pods()).toEqual([])
})

test('of two ADDs of one attachment at once one makes the pod, and the other is refused', async () => {
  const path = pathOf(node.makeNamespace('a'))
  const answers = await Promise.all(Array.from({ length: 4 }, () => node.call('ADD', 'a', path)))
  expect(answers.map(({ output }) => output.code ?? 0).sort()).toEqual([0, 101, 101, 101])
  const made = answers.find(({ exitCode }) => exitCode === 0)
  expect(node.journal().pods()).toHaveLength(1)
  expect(made && addressesOf(made)).toEqual(['10.244.11.2/32', 'fd44:11::2/128'])
  await expect.poll(node.hostSide).toMatchObject({ routes: 2, neighbours: 2 })
  expect(ping(node.namespace, '10.244.11.2')).toBe(true)
})

test('ADDs and DELs of one attachment that cross leave a whole pod or none, and no address is lost', async () => {
  const path = pathOf(node.makeNamespace('a'))
  for (let round = 0; round < 5; round++) {
    const commands = ['ADD', 'DEL', 'ADD', 'DEL', 'ADD', 'DEL'] as const
    const answers = await Promise.all(commands.map((command) => node.call(command, 'a', path)))
    for (const [index, { output }] of answers.entries())
      expect(commands[index] === 'ADD' ? [0, 101] : [0]).toContain(output.code ?? 0)
    const pods = node.journal().pods()
    // In the order in which they came, which nobody knows.
    await expect.poll(node.hostSide).toMatchObject({ routes: 2 * pods.length, neighbours: 2 * pods.length })
    const [address] = pods.flatMap(({ addresses }) => addresses.map(formatAddress))
    if (address !== undefined) expect(ping(node.namespace, address)).toBe(true)
  }
  await node.call('DEL', 'a', path)
  await expect.poll(node.hostSide).toEqual(NOTHING)
  expect(node.journal().pods()).toEqual([])
})
