// What stands in the kernel of a node of a lab that is up. Nothing is written, and no agent is asked.
import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import { openKernel } from '../linux/index.ts'
import type { Observed } from '../model/index.ts'
import { type LabRecord, nodeFolder } from './lab-record.ts'
import { within } from './within.ts'

/** Rejects where the namespace or a WireGuard device cannot be read. */
export const observeNode = (
  record: LabRecord,
  { name, namespace }: LabNode,
  sysctlKeys: readonly string[],
): Promise<Observed> =>
  within(namespace, async ({ namespace: handle }) => {
    // The whole path of a socket of wireguard-go may be longer than the 107 bytes of a socket's address (unix(7)).
    const sockets = openSync(join(nodeFolder(record, name), 'wireguard'), constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      const kernel = await openKernel({
        namespace: handle,
        privateKeys: new Map(),
        wireguardSockets: `/proc/self/fd/${sockets}`,
      })
      try {
        return await kernel.observe(sysctlKeys)
      } finally {
        kernel.close()
      }
    } finally {
      closeSync(sockets)
    }
  })

type LabNode = Pick<LabRecord['layout']['nodes'][number], 'name' | 'namespace'>
