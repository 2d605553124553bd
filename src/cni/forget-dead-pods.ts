// After a start: pods of which nothing is left, as after a reboot, give their addresses back. Their runtime may never say DEL.
import type { AddressJournal } from './address-journal.ts'
import type { CniContext } from './cni-context.ts'

/**
 * Dead is who has neither a namespace at its path nor a link on the host. With its link it lives, wherever its namespace is
 * mounted; with its namespace it is waiting for its runtime, which says DEL.
 */
export async function forgetDeadPods(
  journal: AddressJournal,
  { links, log }: Pick<CniContext, 'links' | 'log'>,
): Promise<void> {
  const standing = new Set(links.names())
  const dead = journal
    .pods()
    .filter(({ link, namespacePath }) => !standing.has(link) && !links.hasNamespace(namespacePath))
  await Promise.all(dead.map((pod) => journal.release(pod)))
  if (dead.length > 0)
    log?.info(
      { pods: dead.map(({ name, containerId }) => name ?? containerId) },
      'forgot pods of which neither namespace nor link is left',
    )
}
