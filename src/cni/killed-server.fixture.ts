// The agent's part in CNI as a process that a test can kill: node killed-server.fixture.ts SOCKET JOURNAL, in the node's namespace. It
// begins once it reads a line, so that a spare one can have its modules loaded beforehand; "serving" is its answer.
import { once } from 'node:events'
import { openRtnetlink } from '../linux/index.ts'
import { POD_LINK_PREFIX } from '../model/index.ts'
import { openAddressJournal } from './address-journal.ts'
import { cniHandler } from './cni-handler.ts'
import { serveCni } from './cni-server.ts'
import { forgetDeadPods } from './forget-dead-pods.ts'
import { podLinks } from './pod-links.ts'
import { applyHostSide, GATEWAYS, PREFIXES } from './test-node.fixture.ts'

const [socketPath = '', path = ''] = process.argv.slice(2)
await once(process.stdin, 'data')
const host = openRtnetlink()
const links = podLinks(host)
// Compacted often, so that it is killed in that too.
const journal = await openAddressJournal({ path, compactFromLines: 12 })
await forgetDeadPods(journal, { links })
const known = new Set(journal.pods().map(({ link }) => link))
for (const name of links.names()) if (name.startsWith(POD_LINK_PREFIX) && !known.has(name)) await links.delete(name)
const handler = cniHandler({
  nodePrefixes: () => PREFIXES,
  gatewayAddresses: () => GATEWAYS,
  podMtuBytes: () => 1420,
  links,
  journal,
  attach: async (pod) => applyHostSide(host, pod),
  onPodsChanged: async () => {},
})
await serveCni({ socketPath, handler })
process.stdout.write('serving\n')
