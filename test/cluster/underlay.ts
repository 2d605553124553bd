// The clouds of a test cluster: what the lab builds of a world file, and nothing of Damask in it.
import { buildCloud } from '../../src/lab/cloud.ts'
import { buildInternet } from '../../src/lab/internet.ts'
import { type Layout, layOut } from '../../src/lab/layout.ts'
import { layoutIssues } from '../../src/lab/layout-issues.ts'
import { buildNode } from '../../src/lab/node-link.ts'
import { within } from '../../src/lab/within.ts'
import { deletePodLink, listNamespaces } from '../../src/linux/index.ts'
import { type Address, type Family, formatAddress, formatPrefix } from '../../src/model/index.ts'
import { formatIssue, readWorld } from '../../src/store/index.ts'

export type Underlay = {
  readonly layout: Layout
  readonly podPrefixes: readonly string[]
  readonly servicePrefixes: readonly string[]
  readonly machines: readonly UnderlayMachine[]
}

export type UnderlayMachine = {
  readonly name: string
  readonly cloud: string
  readonly namespace: string
  /** IPv4 first. */
  readonly privateAddresses: readonly string[]
  /** Elastic ones, or its own where its cloud has no NAT; none behind a masquerade. */
  readonly publicAddresses: readonly string[]
}

/** Data only: nothing is made. */
export async function planUnderlay(file: string, id: string): Promise<Underlay> {
  const { world, lab, issues } = await readWorld([file])
  if (!world || !lab) throw new Error(`${file} describes no lab: ${issues.map(formatIssue).join('; ')}`)
  const problems = layoutIssues(world, lab)
  if (problems.length > 0) throw new Error(`${file} can not be laid out: ${JSON.stringify(problems)}`)
  const layout = layOut(world, lab, id)
  return {
    layout,
    podPrefixes: world.network.podPrefixes.map(formatPrefix),
    servicePrefixes: world.network.servicePrefixes.map(formatPrefix),
    machines: layout.nodes.map(({ name, cloud, namespace, addresses }) => {
      const own = byFamily(addresses.map(({ address }) => address))
      return { name, cloud, namespace, privateAddresses: own, publicAddresses: publicAddresses(layout, name, own) }
    }),
  }
}

export async function buildUnderlay({ layout }: Pick<Underlay, 'layout'>): Promise<void> {
  await buildInternet(layout)
  for (const cloud of layout.clouds) await buildCloud(layout.internet, cloud, layout.nodes)
  for (const { name } of layout.nodes) await buildMachine({ layout }, name)
}

/** Its namespace and its link, where they are not there: it was switched off. */
export async function buildMachine({ layout }: Pick<Underlay, 'layout'>, name: string): Promise<void> {
  const node = layout.nodes.find((one) => one.name === name)
  const cloud = layout.clouds.find(({ members }) => members.includes(name))
  if (!node || !cloud) throw new Error(`no machine ${name} stands in the clouds of ${layout.name}`)
  if (listNamespaces(node.namespace).includes(node.namespace)) return
  // The kernel took the link's other end away with the namespace, but in its own time.
  await within(cloud.namespace, ({ netlink }) => deletePodLink(netlink, node.port))
  await buildNode(cloud.namespace, node)
}

function publicAddresses({ clouds }: Layout, node: string, own: readonly string[]): readonly string[] {
  const cloud = clouds.find(({ members }) => members.includes(node))
  if (cloud?.nat === 'none') return own
  const mine = cloud?.translations.filter((translation) => translation.node === node) ?? []
  return byFamily(mine.map(({ outside }) => outside))
}

const byFamily = (addresses: readonly Address[]): string[] =>
  ([4, 6] as const).flatMap((family: Family) =>
    addresses.filter((address) => address.family === family).map(formatAddress),
  )
