// A pod as the CNI plugin makes it, without the plugin.
import { podIdentity } from '../../src/cni/pod-identity.ts'
import type { NodeLayout, PodLayout } from '../../src/lab/layout.ts'
import { setUpHost, within } from '../../src/lab/within.ts'
import { createNamespace, createPodLink } from '../../src/linux/index.ts'
import {
  type Address,
  equalAddresses,
  type LocalPod,
  type NodeState,
  nthAddress,
  type Prefix,
} from '../../src/model/index.ts'

export type BarePod = {
  readonly name: string
  readonly namespace: string
  readonly addresses: readonly Address[]
  readonly local: LocalPod
}

export type PodPlace = {
  readonly node: NodeLayout
  readonly gateways: NodeState['gatewayAddresses']
  readonly mtuBytes: number
}

/** Its link has the same name in every run. */
export async function addBarePod(
  { name, namespace }: PodLayout,
  prefixes: readonly Prefix[],
  { node, gateways, mtuBytes }: PodPlace,
): Promise<BarePod> {
  const addresses = prefixes.map((prefix) => firstFree(prefix, gateways[prefix.family]))
  const attachment = { containerId: name, interfaceName: 'eth0' }
  const { link, hardwareAddress, hostHardwareAddress } = podIdentity(attachment)
  createNamespace(namespace)
  await within(namespace, setUpHost)
  await within(node.namespace, ({ netlink: host }) =>
    within(namespace, ({ namespace: podNamespace }) =>
      createPodLink({
        host,
        podNamespace,
        hostName: link,
        hostHardwareAddress,
        interfaceName: attachment.interfaceName,
        hardwareAddress,
        mtuBytes,
        addresses,
        gateway4: gateways[4],
      }),
    ),
  )
  return { name, namespace, addresses, local: { ...attachment, name, link, hardwareAddress, addresses, mtuBytes } }
}

const firstFree = (prefix: Prefix, gateway: Address | undefined): Address => {
  const address = nthAddress(prefix, 2)
  return gateway && equalAddresses(gateway, address) ? nthAddress(prefix, 3) : address
}
