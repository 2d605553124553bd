// What stands of a pod's pair of links, as CHECK and the agent's start ask.
import { type Address, equalAddresses, equalPrefixes, formatAddress, hostPrefix, TABLE } from '../model/index.ts'
import type { NamespaceHandle } from './namespace.ts'
import { openRtnetlink, type Rtnetlink } from './rtnetlink.ts'

export type PodLinkExpectation = {
  readonly host: Rtnetlink
  readonly podNamespace: NamespaceHandle
  readonly hostName: string
  readonly interfaceName: string
  /** Undefined: whatever it is. */
  readonly hardwareAddress: string | undefined
  readonly addresses: readonly Address[]
}

/** What is not as it should be, a clause each: `the host's end dmk0123 is down`. Routes inside the pod are not ours alone and are not looked at. */
export const findPodLinkFaults = (expected: PodLinkExpectation): readonly string[] => [
  ...findHostFaults(expected),
  ...findPodFaults(expected),
]

function findHostFaults({ host, hostName, addresses }: PodLinkExpectation): readonly string[] {
  const end = host.findLink(hostName)
  if (end === undefined) return [`the host's end ${hostName} is gone`]
  const faults = end.isUp ? [] : [`the host's end ${hostName} is down`]
  for (const address of addresses) {
    const to = hostPrefix(address)
    const isThere = host
      .routes(address.family, TABLE)
      .some((route) => equalPrefixes(route.to, to) && route.hops.some(({ index }) => index === end.index))
    if (!isThere) faults.push(`the host has no route to ${formatAddress(address)} over ${hostName}`)
  }
  return faults
}

function findPodFaults(expected: PodLinkExpectation): readonly string[] {
  const { podNamespace, interfaceName, hardwareAddress, addresses } = expected
  const pod = openRtnetlink(podNamespace)
  try {
    const end = pod.findLink(interfaceName)
    if (end === undefined) return [`the pod has no interface ${interfaceName}`]
    const faults = end.isUp ? [] : [`the pod's ${interfaceName} is down`]
    if (hardwareAddress !== undefined && end.hardwareAddress !== hardwareAddress)
      faults.push(`the pod's ${interfaceName} has the hardware address ${end.hardwareAddress}, not ${hardwareAddress}`)
    const held = pod.addresses().filter(({ index }) => index === end.index)
    for (const address of addresses)
      if (!held.some((own) => equalAddresses(own.address, address)))
        faults.push(`the pod's ${interfaceName} lacks ${formatAddress(address)}`)
    return faults
  } finally {
    pod.close()
  }
}
