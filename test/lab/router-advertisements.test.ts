// Machines whose IPv6 default route comes by router advertisements, while they forward for their pods.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { WORLDS } from './damask-process.ts'
import { labOfThisFile } from './lab-under-test.ts'

const NODES = ['left-1', 'left-2', 'right-1']
/** Twelve in the lab's advertisements, which come every four at most. */
const LIFETIME_SECONDS = 12
const lab = labOfThisFile(`${WORLDS}/router-advertisements.yaml`)

const setting = async (node: string, key: string): Promise<string> =>
  (await lab.ask(node, 'cat', `/proc/sys/net/ipv6/conf/${key}`)).trim()
const defaultRoutes = (node: string): Promise<string> =>
  lab.ask(node, 'ip', '-6', '-oneline', 'route', 'show', 'default')
/** One line and no second. */
const ADVERTISED = /^default via fe80::\S+ dev eth0 proto ra .*\n$/
const ping = (pod: string, family: 4 | 6): Promise<string> =>
  lab.ask('left-2-a', 'ping', '-c', '1', '-W', '20', lab.podAddress(pod, family))

describe('a node whose default route is advertised', () => {
  it('has no other, and forwards', async () => {
    for (const node of NODES) {
      expect(await defaultRoutes(node)).toMatch(ADVERTISED)
      expect(await setting(node, 'all/forwarding')).toBe('1')
      expect(await setting(node, 'eth0/accept_ra')).toBe('2')
    }
  })

  it('still has it when all that it heard before it forwarded has expired, and its pods reach the other cloud', async () => {
    await sleep((LIFETIME_SECONDS + 3) * 1000)
    for (const node of NODES) expect(await defaultRoutes(node)).toMatch(ADVERTISED)
    await ping('right-1-a', 4)
    await ping('right-1-a', 6)
  })

  it('keeps it although somebody makes it a host again, which forwards and would learn nothing more', async () => {
    await lab.ask('left-1', 'sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/eth0/accept_ra')
    await expect.poll(() => setting('left-1', 'eth0/accept_ra'), { interval: 200 }).toBe('2')
    await sleep((LIFETIME_SECONDS + 3) * 1000)
    expect(await defaultRoutes('left-1')).toMatch(ADVERTISED)
    await ping('right-1-a', 4)
  })
})
