// A public key: whose it is, and who has it as a peer.
import type { PlannedNode } from '../../planner/index.ts'
import { fact } from './fact.ts'
import type { FoundMeaning } from './meaning.ts'

export function meaningOfKey({ node, siteName, publicKey }: PlannedNode): FoundMeaning {
  return {
    kind: 'key',
    is: `${publicKey.startsWith('?') ? 'the place of the public key, not known yet,' : 'the public key'} of node ${node.name} in site ${siteName}`,
    facts: [fact('node', node.name, `Node/${node.name}`)],
    search: {
      isWanted: (entry) =>
        (entry.kind === 'wireguard-peer' || entry.kind === 'wireguard-device') && entry.publicKey === publicKey,
    },
  }
}
