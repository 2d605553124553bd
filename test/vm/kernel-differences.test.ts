// Kernels side by side: what the usual tools show of an agent's work is the same on all of them, and what differs has a name here.
import { expect, test } from 'vitest'
import { openGuest } from './guest.ts'
import type { KernelLine } from './kernel-image.ts'
import { type LoneAgent, makeLoneAgent } from './lone-agent.ts'
import { loneWorld } from './lone-world.ts'
import { KERNELS } from './matrix.ts'

const PATIENCE = { timeout: 240_000, interval: 200 }
const RELEASES: Readonly<Record<KernelLine, RegExp>> = { oldest: /^6\.1\.0-/, newer: /^6\.12\./ }

const TOOLS = [
  ...['ip -d link show group 218', 'ip -d address show group 218', 'ip rule', 'ip -6 rule', 'ip -d nexthop'],
  ...['218', '219'].flatMap((table) => [`ip -d route show table ${table}`, `ip -d -6 route show table ${table}`]),
  ...['ip -d neighbour show nud permanent', 'bridge -d fdb show dev damask-vx', 'nft -s list ruleset'],
  ...['listen-port', 'fwmark', 'endpoints', 'allowed-ips'].map((what) => `wg show damask-t1 ${what}`),
]

/** Without the index of a link, which counts the namespace's `tunl0` where an earlier suite had that module loaded, and the address that
 * `damask0` is given at random, and `damask-t1` has none. */
const withoutChance = (text: string): string =>
  text.replaceAll(/^\d+: (?=dam)/gm, '').replaceAll(/link\/ether [0-9a-f:]{17}/g, 'link/ether …')

type Shown = { readonly tools: Readonly<Record<string, string>>; readonly hooks: string; readonly hashSeed: string }
const shown = new Map<KernelLine, Shown>()

async function look({ run }: LoneAgent): Promise<Shown> {
  const tools: Record<string, string> = {}
  for (const tool of TOOLS) {
    const { exitCode, stdout, stderr } = await run(tool)
    expect({ tool, exitCode, stderr }).toEqual({ tool, exitCode: 0, stderr: '' })
    tools[tool] = withoutChance(stdout)
  }
  const hooks = (await run('nft list hooks')).stdout
  const hashSeed = (await run('cat /proc/sys/net/ipv4/fib_multipath_hash_seed')).stdout
  return { tools, hooks, hashSeed }
}

test.each(KERNELS)('an agent with tunnel and vxlan is ready on the %s kernel', async (kernel) => {
  const guest = await openGuest({ kernel })
  expect((await guest.run(['uname', '-r'])).stdout).toMatch(RELEASES[kernel])
  const agent = await makeLoneAgent(guest)
  await agent.start(loneWorld({ hasTunnel: true, fabric: 'vxlan' }))
  await expect.poll(async () => (await agent.status())?.ready, PATIENCE).toMatchObject({ ready: true })
  shown.set(kernel, await look(agent))
  await agent.remove()
  await guest.close()
})

test('links, addresses, rules, routes, next hops, neighbours, filter and peers look the same on both', () => {
  expect(Object.values(shown.get('oldest')?.tools ?? {}).filter((text) => text === '')).toEqual([])
  expect(shown.get('newer')?.tools).toEqual(shown.get('oldest')?.tools)
})

test('`nft list hooks` shows our chains between those of others from 6.12 on, and nothing before', () => {
  expect(shown.get('oldest')?.hooks).toBe('')
  for (const chain of ['transit', 'forward', 'leak'])
    expect(shown.get('newer')?.hooks).toContain(`chain inet damask ${chain} [nf_tables]`)
})

test('which next hop a flow takes can be the same on several machines from 6.12 on: the hash has a seed to set', () => {
  expect(shown.get('oldest')?.hashSeed).toBe('')
  expect(shown.get('newer')?.hashSeed).toBe('0\n')
})
