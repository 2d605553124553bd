// From what a machine shows of itself to what its Node says of it. What cannot be known is asked for, and never guessed.
import {
  type Address,
  containsAddress,
  equalAddresses,
  type Family,
  formatAddress,
  isPublicAddress,
  type PrivateAddress,
  prefixOf,
} from '../model/index.ts'
import type { MachineLook, SeenDefaultRoute, SeenLink } from './machine-look.ts'

/** A value and where it is from. */
export type Guess<Value> = { readonly value: Value; readonly because: string }

/** The first label of the host's name; throws where that is no name for a node. */
export function guessName({ hostName }: MachineLook): Guess<string> {
  const name = (hostName.split('.')[0] ?? '').toLowerCase()
  if (name === '' || name === 'localhost')
    throw new Error(`this machine is named "${hostName}", as many others are; say --name, as in --name paris-1`)
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name))
    throw new Error(
      `this machine's name "${hostName}" is no name for a node (lower-case letters, digits and hyphens); say --name, as in --name paris-1`,
    )
  return { value: name, because: "the host's name" }
}

/** One address a family: that by which the machine reaches what is not beside it. */
export function guessPrivateAddresses(look: MachineLook): readonly Guess<PrivateAddress>[] {
  if (look.defaultRoutes.length === 0) return guessWithoutRoutes(look)
  const guesses = look.defaultRoutes.flatMap((route) => {
    const found = addressBehind(route, look)
    return found === undefined ? [] : [found]
  })
  if (guesses.length === 0)
    throw new Error(`the link of the default route has no address that others could use; ${ask(look)}`)
  return guesses
}

function addressBehind(route: SeenDefaultRoute, look: MachineLook): Guess<PrivateAddress> | undefined {
  const { family, links, gateways, source } = route
  if (links.length > 1)
    throw new Error(`the IPv${family} default route leads over several links, ${links.join(' and ')}; ${ask(look)}`)
  const link = look.links.find(({ name }) => name === links[0])
  if (link === undefined)
    throw new Error(`this machine does not say over which link its IPv${family} default route leads; ${ask(look)}`)
  const own = link.addresses.filter(({ address }) => address.family === family)
  const isSource = ({ address }: PrivateAddress): boolean => source !== undefined && equalAddresses(address, source)
  // As the kernel chooses what packets leave with: an address that shares the gateway's subnet.
  const isBesideGateway = ({ address, length }: PrivateAddress): boolean =>
    gateways.some((gateway) => gateway.family === family && containsAddress(prefixOf(address, length), gateway))
  const [found, second] = firstOf([own.filter(isSource), own.filter(isBesideGateway), own])
  if (second !== undefined)
    throw new Error(`${link.name} has several IPv${family} addresses that could be meant; ${ask(look)}`)
  return found && { value: found, because: `of ${link.name}, where the default route leads` }
}

function guessWithoutRoutes(look: MachineLook): readonly Guess<PrivateAddress>[] {
  const withAddresses = look.links.filter(({ addresses }) => addresses.length > 0)
  const [link, another] = withAddresses
  if (link === undefined)
    throw new Error(
      'no link of this machine has an address yet; give it one, or name it: --private-address 10.0.0.11/24',
    )
  const perFamily = ([4, 6] as const).map((family) => link.addresses.filter(({ address }) => address.family === family))
  if (another !== undefined || perFamily.some(({ length }) => length > 1))
    throw new Error(`this machine has no default route, and more than one address; ${ask(look)}`)
  return perFamily.flat().map((value) => ({ value, because: `of ${link.name}, the only link with an address` }))
}

/** Public addresses that the machine itself has, among those by which it reaches others. IPv4 first: everybody has it. */
export function guessEndpoint(look: MachineLook): Guess<Address> | undefined {
  for (const route of look.defaultRoutes) {
    const link = look.links.find(({ name }) => name === route.links[0])
    const found = route.links.length === 1 && publicAddresses(link, route.family)
    if (link && found && found.length === 1 && found[0])
      return { value: found[0], because: `a public address, of ${link.name}` }
  }
  return undefined
}

const publicAddresses = (link: SeenLink | undefined, family: Family): readonly Address[] =>
  (link?.addresses ?? []).flatMap(({ address }) =>
    address.family === family && isPublicAddress(address) ? [address] : [],
  )

/** The link that has the first of these addresses that any link has. */
export const linkOf = (addresses: readonly PrivateAddress[], { links }: MachineLook): SeenLink | undefined =>
  addresses
    .map((wanted) => links.find((link) => link.addresses.some((own) => equalAddresses(own.address, wanted.address))))
    .find((link) => link !== undefined)

/** All that one could name, ready to be copied. */
function ask({ links }: MachineLook): string {
  const choices = links.flatMap(({ name, addresses }) =>
    addresses.map(({ address, length }) => `--private-address ${formatAddress(address)}/${length} (${name})`),
  )
  return choices.length === 0
    ? 'name the one that is meant, as in --private-address 10.0.0.11/24'
    : `name what is meant: ${choices.join(', ')}`
}

const firstOf = <Item>(lists: readonly (readonly Item[])[]): readonly Item[] =>
  lists.find(({ length }) => length > 0) ?? []
