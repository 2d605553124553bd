// Many pods of one machine with the real agent: what stands of them in the kernel, and what the journal says.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAddressJournal } from '../src/cni/index.ts'
import { openNamespace, openRtnetlink } from '../src/linux/index.ts'
import { formatAddress, formatPrefix, POD_LINK_PREFIX, PROTOCOL, TABLE } from '../src/model/index.ts'

/** Texts, sorted: of links, and of addresses. */
export type PodTraces = {
  readonly links: readonly string[]
  readonly routes: readonly string[]
  readonly neighbours: readonly string[]
}

export const NO_TRACES: PodTraces = { links: [], routes: [], neighbours: [] }

/** All that the host's side of pods is made of. */
export function podTraces(namespace: string): PodTraces {
  const handle = openNamespace(namespace)
  const host = openRtnetlink(handle)
  handle.close()
  try {
    const links = host.links().filter(({ name }) => name.startsWith(POD_LINK_PREFIX))
    const indexes = new Set(links.map(({ index }) => index))
    const routes = [...host.routes(4, TABLE), ...host.routes(6, TABLE)].filter(
      ({ protocol, hops }) =>
        protocol === PROTOCOL && hops.some(({ index }) => index !== undefined && indexes.has(index)),
    )
    const neighbours = [...host.neighbours(4), ...host.neighbours(6)].filter(
      ({ index, isPermanent }) => isPermanent && indexes.has(index),
    )
    return {
      links: links.map(({ name }) => name).sort(),
      routes: routes.map(({ to }) => formatPrefix(to).replace(/\/.*/, '')).sort(),
      neighbours: neighbours.flatMap(({ address }) => (address ? [formatAddress(address)] : [])).sort(),
    }
  } finally {
    host.close()
  }
}

/** As a restart would read it. */
export async function journalTraces(journalPath: string): Promise<PodTraces> {
  const folder = mkdtempSync(join(tmpdir(), 'damask-journal-copy-'))
  try {
    copyFileSync(journalPath, join(folder, 'journal'))
    const journal = await openAddressJournal({ path: join(folder, 'journal') })
    const pods = journal.pods()
    await journal.close()
    const addresses = pods.flatMap((pod) => pod.addresses.map(formatAddress)).sort()
    return { links: pods.map(({ link }) => link).sort(), routes: addresses, neighbours: addresses }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What the pod's end has. */
export function addressesInPod(namespace: string): readonly string[] {
  const handle = openNamespace(namespace)
  const pod = openRtnetlink(handle)
  handle.close()
  try {
    const index = pod.findLink('eth0')?.index
    return pod
      .addresses()
      .filter((one) => one.index === index)
      .map(({ address }) => formatAddress(address))
  } finally {
    pod.close()
  }
}
