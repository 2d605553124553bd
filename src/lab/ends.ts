// The ends of a lab's checks, from what stands: its pods, or its hosts where the network has no pods of its own.
import { readFileSync } from 'node:fs'
import { inNamespace, type NamespaceHandle } from '../linux/index.ts'
import { parseAddress } from '../model/index.ts'
import { preparePlan } from '../planner/index.ts'
import { formatIssue, readWorld } from '../store/index.ts'
import type { Traffic } from './all-public.ts'
import { hostEnds } from './host-ends.ts'
import type { LabRecord } from './lab-record.ts'
import { storeFolder } from './node-store.ts'
import type { End } from './probe-end.ts'
import { within } from './within.ts'

export async function readEnds(record: LabRecord): Promise<End[]> {
  const { layout, pods } = record
  const podLayouts = layout.nodes.flatMap((node) => node.pods)
  if (podLayouts.length === 0) return readHosts(record)
  return Promise.all(
    podLayouts.map(async ({ name, node, namespace }) => {
      const addresses = pods.find((pod) => pod.name === name)?.addresses ?? []
      return {
        name,
        node,
        namespace,
        link: 'eth0',
        addresses: addresses.map((text) => parseAddress(text.replace(/\/.*/, ''))),
        mtuBytes: await within(namespace, ({ netlink }) => netlink.findLink('eth0')?.mtuBytes ?? 0),
      }
    }),
  )
}

/** As the documents say it that the nodes have now: how large packets may be depends on what the agents found. */
async function readHosts(record: LabRecord): Promise<End[]> {
  const { nodes } = record.layout
  const { world, issues } = await readWorld([storeFolder(record, nodes[0]?.name ?? '')])
  if (!world) throw new Error(`cannot tell the hosts' addresses: ${issues.map(formatIssue).join('; ')}`)
  const hosts = new Map(hostEnds(preparePlan(world)).map((host) => [host.node, host]))
  return nodes.flatMap(({ name, namespace }) => {
    const host = hosts.get(name)
    // damask0, which holds the address, carries nothing.
    return host ? [{ ...host, namespace, link: 'eth0' }] : []
  })
}

/** What each end's device has carried since it was made. */
export const readTraffic = (ends: readonly End[]): Promise<Traffic[]> =>
  Promise.all(
    ends.map(({ namespace: name, link, mtuBytes }) =>
      within(name, ({ namespace }) => ({ ...readDeviceCounters(namespace, link), mtuBytes })),
    ),
  )

export const trafficSince = (before: readonly Traffic[], after: readonly Traffic[]): Traffic[] =>
  after.map((now, index) => ({
    sentPackets: now.sentPackets - (before[index]?.sentPackets ?? 0),
    sentBytes: now.sentBytes - (before[index]?.sentBytes ?? 0),
    receivedPackets: now.receivedPackets - (before[index]?.receivedPackets ?? 0),
    mtuBytes: now.mtuBytes,
  }))

// /proc/net follows the thread. Columns after the name: bytes, packets and six more received; then bytes and packets sent.
function readDeviceCounters(handle: NamespaceHandle, link: string): Omit<Traffic, 'mtuBytes'> {
  const text = inNamespace(handle, () => readFileSync('/proc/thread-self/net/dev', 'utf8'))
  const line = text.split('\n').find((one) => one.trimStart().startsWith(`${link}:`)) ?? ''
  const numbers = line
    .slice(line.indexOf(':') + 1)
    .trim()
    .split(/\s+/)
    .map(Number)
  return { receivedPackets: numbers[1] ?? 0, sentBytes: numbers[8] ?? 0, sentPackets: numbers[9] ?? 0 }
}
