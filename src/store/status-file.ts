// The one file that an agent writes: what it says of its own node, beside what people wrote.
import { join } from 'node:path'
import type { NodeStatus } from '../model/index.ts'
import { writeOwnedFile } from './owned-file.ts'

/**
 * Writes `status/<node>.yaml` in the store's folder, whole or not at all; false where it already says just that. Rejects
 * where the file is not an agent's, or where it cannot be written.
 */
export const writeStatusFile = (directory: string, status: NodeStatus): Promise<boolean> =>
  writeOwnedFile(
    {
      path: join(directory, 'status', `${status.name}.yaml`),
      writer: 'the agent',
      of: 'of this node',
      what: `the status of node ${status.name}`,
    },
    { kind: 'NodeStatus', name: status.name, body: { status: statusBody(status) } },
  )

const statusBody = ({ publicKey, underlayMtuBytes, underlayIpv6MtuBytes, conditions }: NodeStatus) => ({
  ...(publicKey === undefined ? {} : { publicKey }),
  ...(underlayMtuBytes === undefined ? {} : { underlayMtu: underlayMtuBytes }),
  ...(underlayIpv6MtuBytes === undefined ? {} : { underlayIpv6Mtu: underlayIpv6MtuBytes }),
  ...(conditions === undefined || conditions.length === 0
    ? {}
    : { conditions: conditions.map(({ type, message }) => ({ type, message })) }),
})
