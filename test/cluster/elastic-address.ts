// A cloud of a test cluster takes a machine's elastic address away and gives it another, as its owner asks for it.
import { cloudFilterText } from '../../src/lab/cloud-filter.ts'
import { within } from '../../src/lab/within.ts'
import { openNftables } from '../../src/linux/index.ts'
import { message, NLM_F_ACK } from '../../src/linux/netlink/message.ts'
import { struct } from '../../src/linux/netlink/struct.ts'
import { table } from '../../src/linux/netlink/table.ts'
import { openNfnetlink } from '../../src/linux/nftables/nfnetlink.ts'
import { formatAddress, parseAddress } from '../../src/model/index.ts'
import type { Cluster } from './cluster.ts'
import { run } from './run.ts'

/** From now on nobody has the old one. */
export async function moveElasticAddress(cluster: Pick<Cluster, 'underlay'>, node: string, to: string): Promise<void> {
  const { clouds, nodes, internet } = cluster.underlay.layout
  const cloud = clouds.find(({ members }) => members.includes(node))
  const old = cloud?.translations.find((translation) => translation.node === node)
  const way = cloud?.transit.find(({ cloud: { family } }) => family === old?.outside.family)
  if (!cloud || !old || !way) throw new Error(`${node} has no elastic address`)
  const translations = cloud.translations.map((one) => (one === old ? { ...one, outside: parseAddress(to) } : one))
  await run(['ip', '-n', internet, 'route', 'del', formatAddress(old.outside)])
  await run(['ip', '-n', internet, 'route', 'add', to, 'via', formatAddress(way.cloud)])
  await within(cloud.namespace, async ({ namespace }) => {
    const nftables = openNftables(namespace)
    const anew = cloudFilterText({ ...cloud, translations }, nodes)
    const tables = [...anew.matchAll(/^table (\w+ \w+)/gm)].map(([, name]) => `delete table ${name}\n`)
    try {
      await nftables.run(`${tables.join('')}${anew}`)
    } finally {
      nftables.close()
    }
    const netlink = openNfnetlink(namespace)
    try {
      netlink.request(FORGET_FLOWS, 'cannot flush the connection tracking of a cloud')
    } finally {
      netlink.close()
    }
  })
}

// linux/netfilter/nfnetlink.h, nfnetlink_conntrack.h: a deletion that names no flow is one of all. A flow goes on under the address that it
// began with, else.
const NFNL_SUBSYS_CTNETLINK = 1
const IPCTNL_MSG_CT_DELETE = 2
const NFGENMSG = struct({ family: 'u8', version: 'u8', resource: 'be16' })
const FORGET_FLOWS = message(
  (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_DELETE,
  NLM_F_ACK,
  { header: NFGENMSG, attributes: table({}) },
  {},
)
