// What keeps a world from standing in the clouds of its lab, each as a sentence.
import {
  type Address,
  type Cloud,
  equalAddresses,
  type Family,
  formatAddress,
  IPV6_MINIMUM_MTU,
  type Lab,
  type Node,
  type World,
} from '../model/index.ts'
import { preparePlan } from '../planner/index.ts'
import { portForwards } from './port-forward.ts'
import { publicAddresses } from './public-address.ts'
import { worldInClouds } from './world-in-clouds.ts'

const FAMILIES: readonly Family[] = [4, 6]

export function layoutIssues(world: World, lab: Lab): string[] {
  const nodes = [...world.nodes.values()]
  return [
    ...nodes.flatMap((node) => nodeIssues(node, lab)),
    ...lab.clouds
      .filter(({ nat }) => nat === 'masquerade')
      .flatMap((cloud) => masqueradeIssues(cloud, nodes.filter(standsIn(lab, cloud)), { world, lab })),
    ...sharedAddressIssues(nodes, lab),
    ...narrowIssues(world, lab),
  ]
}

const standsIn =
  ({ placement }: Lab, cloud: Cloud) =>
  ({ name }: Node): boolean =>
    placement.get(name) === cloud.name

const cloudOf = ({ clouds, placement }: Lab, node: Node): Cloud | undefined =>
  clouds.find(({ name }) => name === placement.get(node.name))

function nodeIssues(node: Node, lab: Lab): string[] {
  const cloud = cloudOf(lab, node)
  if (!cloud) return [`node ${node.name} stands in no cloud of lab ${lab.name}; name one under spec.nodes`]
  if (node.privateAddresses.length === 0)
    return [`node ${node.name} has no private address; a lab needs one, as in 10.0.0.11/24`]
  const host = node.endpoint?.host
  const addresses = publicAddresses(node, lab)
  if (typeof host === 'string' && addresses.length === 0)
    return [
      `node ${node.name} has the endpoint "${host}", which lab ${lab.name} does not know; write its addresses under spec.hosts`,
    ]
  return addresses.flatMap((address) => addressIssues(node, cloud, address))
}

function addressIssues(node: Node, cloud: Cloud, host: Address): string[] {
  const { endpoint, name, privateAddresses } = node
  const called = typeof endpoint?.host === 'string' ? `${endpoint.host} (${formatAddress(host)})` : formatAddress(host)
  if (cloud.nat === 'none' && !privateAddresses.some(({ address }) => equalAddresses(address, host)))
    return [
      `node ${name} has the endpoint ${called}, which is none of its own addresses, and cloud ${cloud.name} translates none (nat: none)`,
    ]
  if (!privateAddresses.some(({ address }) => address.family === host.family))
    return [
      `node ${name} has the IPv${host.family} endpoint ${called} and no IPv${host.family} private address behind it`,
    ]
  return []
}

/** One router, one public address a family; a port of it leads to one node. */
function masqueradeIssues(cloud: Cloud, members: readonly Node[], around: { world: World; lab: Lab }): string[] {
  const differing = FAMILIES.flatMap((family) => {
    const named = members.flatMap((node) => {
      const addresses = publicAddresses(node, around.lab).filter((address) => address.family === family)
      return addresses.length === 0 ? [] : [{ node: node.name, text: addresses.map(formatAddress).join(', ') }]
    })
    const [first] = named
    const other = named.find(({ text }) => text !== first?.text)
    return first && other
      ? [
          `nodes ${first.node} and ${other.node} have endpoints at ${first.text} and at ${other.text}, but cloud ${cloud.name} has one public IPv${family} address for all (nat: masquerade); write the same for both`,
        ]
      : []
  })
  const owners = new Map<string, string>()
  const clashing = members
    .flatMap((node) => portForwards(node, around))
    .flatMap(({ node, outside, outsidePort }) => {
      const key = `${formatAddress(outside)} port ${outsidePort}`
      const owner = owners.get(key) ?? node
      owners.set(key, owner)
      return owner === node
        ? []
        : [
            `cloud ${cloud.name} cannot forward ${key} to both ${owner} and ${node}; give one of them other ports (spec.endpoint.ports)`,
          ]
    })
  return [...differing, ...clashing]
}

/** Of one address the internet must know one owner: a node, or the router of a cloud that masquerades. */
function sharedAddressIssues(nodes: readonly Node[], lab: Lab): string[] {
  const owners = new Map<string, string>()
  return nodes.flatMap((node) => {
    const cloud = cloudOf(lab, node)
    const own = cloud?.nat === 'masquerade' ? `cloud ${cloud.name}` : `node ${node.name}`
    return publicAddresses(node, lab).flatMap((address) => {
      const key = formatAddress(address)
      const owner = owners.get(key) ?? own
      owners.set(key, owner)
      return owner === own ? [] : [`${key} is the public address of ${owner} and of ${own}; only one can have it`]
    })
  })
}

/** Among agents it is a warning, as it is what one node observed; here it was asked for. */
function narrowIssues(world: World, lab: Lab): string[] {
  const { families, mtus } = preparePlan(worldInClouds(world, lab))
  const node = world.nodes.get(mtus.narrowestNode ?? '')
  const cloud = node && cloudOf(lab, node)
  if (!cloud || !families.includes(6) || mtus.leftBytes >= IPV6_MINIMUM_MTU) return []
  const { name, mtuBytes, ipv6MtuBytes = mtuBytes } = cloud
  const least = Math.min(mtuBytes, ipv6MtuBytes)
  return [
    `cloud ${name} takes packets of ${least} bytes, which leaves ${mtus.leftBytes} for one of a pod, and IPv6 needs ${IPV6_MINIMUM_MTU} ` +
      `(RFC 8200); make it ${least + IPV6_MINIMUM_MTU - mtus.leftBytes} at least, or take the IPv6 prefixes out of the network`,
  ]
}
