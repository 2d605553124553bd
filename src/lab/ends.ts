// The ends of a lab's checks, from what stands: its pods, or its hosts where the network has no pods of its own.
import { readFileSync } from 'node:fs'
import { inNamespace, type NamespaceHandle } from '../linux/index.ts'
import { ANCHOR_LINK, parseAddress } from '../model/index.ts'
import type { Traffic } from './all-public.ts'
import type { LabRecord } from './lab-record.ts'
import type { End } from './probe-end.ts'
import { within } from './within.ts'

export async function readEnds({ layout, pods }: LabRecord): Promise<End[]> {
  const podLayouts = layout.nodes.flatMap((node) => node.pods)
  if (podLayouts.length === 0) {
    return Promise.all(layout.nodes.map(readHost))
  }
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

/** IFAPROT_KERNEL_LO, _RA and _LL, linux/if_addr.h: fe80:: addresses and the like. */
const isMadeByKernel = (protocol: number): boolean => protocol >= 1 && protocol <= 3

/** A host speaks into the network by its gateway address; where it has none, by its private addresses. */
async function readHost({ name, namespace, addresses, mtuBytes }: LabRecord['layout']['nodes'][number]): Promise<End> {
  const host = { name, node: name, namespace }
  const anchor = await within(namespace, ({ netlink }) => {
    const link = netlink.findLink(ANCHOR_LINK)
    const own = netlink.addresses().filter(({ index, protocol }) => index === link?.index && !isMadeByKernel(protocol))
    return link && { mtuBytes: link.mtuBytes, addresses: own.map(({ address }) => address) }
  })
  if (anchor !== undefined && anchor.addresses.length > 0) return { ...host, link: ANCHOR_LINK, ...anchor }
  return { ...host, link: 'eth0', addresses: addresses.map(({ address }) => address), mtuBytes }
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
