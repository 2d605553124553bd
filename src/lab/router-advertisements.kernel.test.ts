// A router that advertises itself, and what forwarding makes of what was learned. No agents.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { labCloud, labNode, labOf, labWorld } from '../../test/lab-world.ts'
import { deleteNamespace, listNamespaces, readSysctl, writeSysctl } from '../linux/index.ts'
import { MAIN_TABLE } from '../model/index.ts'
import { buildCloud } from './cloud.ts'
import { buildInternet } from './internet.ts'
import { layOut } from './layout.ts'
import { buildNode } from './node-link.ts'
import { isRunning, killAll } from './process-record.ts'
import {
  ADVERTISED_LIFETIME_SECONDS,
  type RouterProcess,
  startRouter,
  waitForAdvertisedRoutes,
} from './router-advertisements.ts'
import { within } from './within.ts'

const id = randomBytes(3).toString('hex')
const folder = mkdtempSync(join(tmpdir(), 'damask-router-'))
const nodes = [labNode('a-1', 'fd00:a::11/64', '2001:db8:a::11'), labNode('b-1', '2001:db8:b::1/128')]
const advertising = { ...labCloud('a', 'one-to-one', true), routerAdvertisements: true, ipv6MtuBytes: 1400 }
const layout = layOut(
  labWorld(nodes),
  labOf([advertising, { ...labCloud('b', 'none'), routerAdvertisements: true }], { 'a-1': 'a', 'b-1': 'b' }),
  id,
)
const routers: RouterProcess[] = []

beforeAll(async () => {
  await buildInternet(layout)
  for (const cloud of layout.clouds) {
    await buildCloud(layout.internet, cloud, layout.nodes)
    routers.push(startRouter(join(folder, cloud.name), cloud))
  }
})
beforeEach(async () => {
  for (const node of layout.nodes) {
    await buildNode(layout.clouds.find(({ name }) => name === node.cloud)?.namespace ?? '', node)
  }
  await waitForAdvertisedRoutes(layout.nodes, routers)
})
afterEach(async () => {
  for (const { namespace, port, cloud } of layout.nodes) {
    deleteNamespace(namespace)
    await within(layout.clouds.find(({ name }) => name === cloud)?.namespace ?? '', ({ netlink }) => {
      try {
        netlink.deleteLink(port)
      } catch {
        // The kernel took it away with the namespace.
      }
    })
  }
})
afterAll(async () => {
  await killAll(routers)
  for (const name of listNamespaces(`dmk-${id}-`)) deleteNamespace(name)
  rmSync(folder, { recursive: true })
})

const namespaceOf = (name: string): string => layout.nodes.find((one) => one.name === name)?.namespace ?? ''
const set = (node: string, key: string, value: string) =>
  within(namespaceOf(node), ({ namespace }) => writeSysctl(namespace, `net/ipv6/conf/${key}`, value))
/** RTPROT_RA is 9. */
const defaultRoutes = (node: string) =>
  within(namespaceOf(node), ({ netlink }) =>
    netlink
      .routes(6, MAIN_TABLE)
      .filter(({ to }) => to.length === 0)
      .map(({ protocol }) => protocol),
  )

describe('a cloud whose router advertises itself', () => {
  it('gives its nodes their IPv6 default route, and in no other way', async () => {
    expect([await defaultRoutes('a-1'), await defaultRoutes('b-1')]).toEqual([[9], [9]])
  })

  it('leaves their addresses as they are', async () => {
    const own = await within(namespaceOf('a-1'), ({ netlink }) => {
      const eth0 = netlink.linkIndex('eth0')
      return netlink.addresses().filter(({ index, address }) => index === eth0 && address.w0 >>> 16 !== 0xfe80)
    })
    expect(own.map(({ address }) => address)).toEqual(nodes[0]?.privateAddresses.map(({ address }) => address))
  })

  it('tells them its MTU for IPv6', async () => {
    const mtuOf = (node: string) =>
      within(namespaceOf(node), ({ namespace }) => readSysctl(namespace, 'net/ipv6/conf/eth0/mtu'))
    expect([await mtuOf('a-1'), await mtuOf('b-1')]).toEqual(['1400', '1500'])
  })

  it('writes its pid where its configuration is', () => {
    expect(Number(readFileSync(join(folder, 'a', 'radvd.pid'), 'utf8'))).toBe(routers[0]?.pid)
    expect(routers.every(isRunning)).toBe(true)
  })
})

describe('a host that forwards', () => {
  it('loses the route that it learned, if it accepts advertisements as a host does', async () => {
    await set('a-1', 'all/forwarding', '1')
    await expect.poll(() => defaultRoutes('a-1')).toEqual([])
  })

  it('keeps it if it accepts them as a router too, beyond the lifetime of what it heard first', async () => {
    await set('a-1', 'eth0/accept_ra', '2')
    await set('a-1', 'all/forwarding', '1')
    await sleep((ADVERTISED_LIFETIME_SECONDS + 2) * 1000)
    expect(await defaultRoutes('a-1')).toEqual([9])
  })

  it('loses it in time if nobody advertises any more', async () => {
    await set('b-1', 'eth0/accept_ra', '2')
    await set('b-1', 'all/forwarding', '1')
    await killAll(routers.splice(1, 1))
    await expect.poll(() => defaultRoutes('b-1'), { interval: 200 }).toEqual([])
  })
})
