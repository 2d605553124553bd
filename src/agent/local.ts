// What a node sees of itself: the link of its private address, and the pods whose links are there.
import { equalAddresses, type HostLink, type Local, type LocalPod, type Node, type Observed } from '../model/index.ts'

export type LocalView = {
  readonly local: Local
  readonly underlayMtuBytes?: number
  /** Recorded, but their host ends are gone: their sandbox died, or they are just being made. */
  readonly podsWithoutLink: readonly LocalPod[]
}

export type LocalInput = {
  readonly node: Node
  readonly hostLinks: Observed['hostLinks']
  readonly pods: readonly LocalPod[]
  readonly acceptsRouterAdvertisements: (link: string) => boolean
}

export function observeLocal({ node, hostLinks, pods, acceptsRouterAdvertisements }: LocalInput): LocalView {
  const underlay = findUnderlay(node, hostLinks)
  const names = new Set(hostLinks.map(({ name }) => name))
  const [here, gone] = partition(pods, ({ link }) => names.has(link))
  const local: Local = {
    ...(underlay && {
      underlay: {
        link: underlay.name,
        acceptsRouterAdvertisements: acceptsRouterAdvertisements(underlay.name),
      },
    }),
    pods: here,
  }
  return { local, ...(underlay && { underlayMtuBytes: underlay.mtuBytes }), podsWithoutLink: gone }
}

/** The link that holds one of the node's private addresses, the first address first. */
function findUnderlay(node: Node, hostLinks: readonly HostLink[]): HostLink | undefined {
  for (const wanted of node.privateAddresses) {
    const found = hostLinks.find((link) =>
      link.addresses.some(({ address }) => equalAddresses(address, wanted.address)),
    )
    if (found !== undefined) return found
  }
  return undefined
}

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  const yes: Item[] = []
  const no: Item[] = []
  for (const item of items) (test(item) ? yes : no).push(item)
  return [yes, no]
}
