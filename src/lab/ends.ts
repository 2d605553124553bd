// The ends of a lab's checks, from what stands: its pods, or its hosts where the network has no pods of its own.
import { readFileSync } from 'node:fs'
import { inNamespace, type NamespaceHandle } from '../linux/index.ts'
import { parseAddress } from '../model/index.ts'
import type { Sent } from './all-public.ts'
import type { LabRecord } from './lab-record.ts'
import type { End } from './probe-end.ts'
import { within } from './within.ts'

export async function readEnds({ layout, pods }: LabRecord): Promise<End[]> {
  const podLayouts = layout.nodes.flatMap((node) => node.pods)
  if (podLayouts.length === 0) {
    return layout.nodes.map(({ name, namespace, addresses, mtuBytes }) => ({
      name,
      node: name,
      namespace,
      link: 'eth0',
      addresses: addresses.map(({ address }) => address),
      mtuBytes,
    }))
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

/** What each end's device has sent since it was made. */
export const readSent = (ends: readonly End[]): Promise<Sent[]> =>
  Promise.all(
    ends.map(({ namespace, link, mtuBytes }) =>
      within(namespace, ({ namespace: handle }) => ({ ...readDeviceCounters(handle, link), mtuBytes })),
    ),
  )

export const sentSince = (before: readonly Sent[], after: readonly Sent[]): Sent[] =>
  after.map(({ packets, bytes, mtuBytes }, index) => ({
    packets: packets - (before[index]?.packets ?? 0),
    bytes: bytes - (before[index]?.bytes ?? 0),
    mtuBytes,
  }))

// /proc/net follows the thread. Columns after the name: eight of what was received, then bytes and packets sent.
function readDeviceCounters(handle: NamespaceHandle, link: string): { packets: number; bytes: number } {
  const text = inNamespace(handle, () => readFileSync('/proc/thread-self/net/dev', 'utf8'))
  const line = text.split('\n').find((one) => one.trimStart().startsWith(`${link}:`))
  const numbers = line
    ?.slice(line.indexOf(':') + 1)
    .trim()
    .split(/\s+/)
    .map(Number)
  return { bytes: numbers?.[8] ?? 0, packets: numbers?.[9] ?? 0 }
}
