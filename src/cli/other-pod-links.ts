// Links by which another network plugin, Docker or a hypervisor reaches what runs on this machine: as long as they are up, packets have to
// be forwarded here, whoever switched that on first.
import { openRtnetlink } from '../linux/index.ts'
import { containsPrefix, hostPrefix, parsePrefix } from '../model/index.ts'

const LINK_LOCAL = parsePrefix('fe80::/10')

/** Names, ascending. To be asked when ours are gone. */
export function findOtherPodLinks(): readonly string[] {
  const rtnetlink = openRtnetlink()
  try {
    // A veth in a subnet is a machine's own way out, where the machine is a container; the plugin ptp gives pods' links a /32.
    const inSubnets = rtnetlink.addresses().filter(({ address, length }) => {
      const own = hostPrefix(address)
      return length < own.length && !containsPrefix(LINK_LOCAL, own)
    })
    const ways = new Set(inSubnets.map(({ index }) => index))
    return rtnetlink
      .links()
      .filter(({ kind, isUp, index }) => isUp && (kind === 'bridge' || (kind === 'veth' && !ways.has(index))))
      .map(({ name }) => name)
      .sort()
  } finally {
    rtnetlink.close()
  }
}
