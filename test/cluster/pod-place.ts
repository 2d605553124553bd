// A pod as the tests look at it: where it is, and how a program of the host gets into its network without asking the API server.
import type { Cluster } from './cluster.ts'

export type PodPlace = {
  readonly name: string
  readonly node: string
  /** IPv4 first. */
  readonly addresses: readonly string[]
  /** The start of a command line that runs the rest in its network namespace, with the host's files. */
  readonly enter: readonly string[]
}

type Pod = {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly nodeName: string }
  readonly status: { readonly podIPs: readonly { readonly ip: string }[] }
}

/** Ascending by the names of their nodes. */
export async function podPlaces(cluster: Cluster, selector: string): Promise<readonly PodPlace[]> {
  const { items } = await cluster.get<{ items: readonly Pod[] }>('pods', `--selector=${selector}`)
  const places = items.map(async ({ metadata, spec, status }) => {
    const addresses = status.podIPs.map(({ ip }) => ip)
    const enter = await enterPod(cluster, spec.nodeName, addresses[0] ?? '')
    return { name: metadata.name, node: spec.nodeName, addresses, enter }
  })
  return (await Promise.all(places)).toSorted((a, b) => (a.node < b.node ? -1 : 1))
}

/** Of a pod that no API knows too. */
export async function enterPod(
  { node }: Pick<Cluster, 'node'>,
  on: string,
  address: string,
): Promise<readonly string[]> {
  const { run, enter } = node(on)
  const [path = ''] = (await run('sh', '-euc', FIND, 'find', address)).trim().split('\n')
  if (path === '') throw new Error(`no network namespace of a pod on ${on} has the address ${address}`)
  return [...enter, 'nsenter', `--net=${path}`]
}

/** As containerd calls them. */
const FIND = `
for path in /run/netns/cni-*; do
  if nsenter --net="$path" ip -o address show | grep -qF " $1/"; then echo "$path"; fi
done
`
