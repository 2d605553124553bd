// The addresses by which the machines of a site reach a node, with the length of their subnets. Who says which addresses is the Node
// of Kubernetes, which an agent cannot write; an agent only knows how long the subnets of its links are. So of what agents say nothing
// but the length is taken, and only of an address that the Node has.
import { type Address, equalAddresses, formatAddress, type PrivateAddress, tryAddress } from '../model/index.ts'
import type { CoreNode } from './core-node.ts'
import { annotation, type Fact, firstSaid, right, type Said, type Source } from './fact.ts'

const KILO = 'kilo.squat.ai/force-internal-ip'

/** To Kilo such a node is a site of its own. */
export const isWithoutPrivateAddress = (annotations: CoreNode['annotations']): boolean =>
  ['', '-'].includes(annotations[KILO]?.trim() ?? 'none is said')

/**
 * `linkAddresses`: of the machine's links, as its agent found them; undefined: it said nothing yet, and without lengths nothing is known.
 * At most one address of each family.
 */
export function privateAddressFact(
  { annotations, addresses }: CoreNode,
  linkAddresses: readonly PrivateAddress[] | undefined,
): Fact<readonly PrivateAddress[]> {
  const read = (text: string): Said<readonly PrivateAddress[]> => readAddresses(text, linkAddresses)
  const kilo: readonly Source<readonly PrivateAddress[]>[] = isWithoutPrivateAddress(annotations)
    ? []
    : [annotation(annotations, KILO, read)]
  const fact = firstSaid<readonly PrivateAddress[]>(
    [
      annotation(annotations, 'damask.dev/private-address', read),
      ...kilo,
      { name: 'its InternalIP', said: internalSaid(addresses, linkAddresses) },
    ],
    'the node is not joined',
  )
  return fact.value?.length === 0 ? { problems: fact.problems } : fact
}

function internalSaid(
  addresses: CoreNode['addresses'],
  linkAddresses: readonly PrivateAddress[] | undefined,
): Said<readonly PrivateAddress[]> | undefined {
  const internal = addresses.flatMap(({ type, address }) => (type === 'InternalIP' ? (tryAddress(address) ?? []) : []))
  if (internal.length === 0) return undefined
  if (linkAddresses === undefined) return right([])
  const known = internal.flatMap((address) => withLength(address, linkAddresses) ?? [])
  return known.length > 0 ? right(oneOfEach(known)) : missing(internal, linkAddresses)
}

/** Addresses with a comma between them, each with its length or without. */
function readAddresses(
  text: string,
  linkAddresses: readonly PrivateAddress[] | undefined,
): Said<readonly PrivateAddress[]> {
  const stated: PrivateAddress[] = []
  const bare: Address[] = []
  for (const item of text.split(',')) {
    const [head = '', digits, ...rest] = item.trim().split('/')
    const address = tryAddress(head)
    const length = digits === undefined ? undefined : Number(digits)
    if (address === undefined || rest.length > 0 || (digits !== undefined && !/^\d{1,3}$/.test(digits)))
      return wrong(text)
    if (length === undefined) bare.push(address)
    else if (isSane(address, length)) stated.push({ address, length })
    else return wrong(text)
  }
  if (bare.length === 0) return right(oneOfEach(stated))
  if (linkAddresses === undefined) return right([])
  const known = bare.flatMap((address) => withLength(address, linkAddresses) ?? [])
  return known.length + stated.length > 0 ? right(oneOfEach([...stated, ...known])) : missing(bare, linkAddresses)
}

const wrong = (found: string): Said<never> => ({
  kind: 'wrong',
  found,
  expected:
    'an address of the machine, with the length of its subnet (8 to 32, IPv6 16 to 128) or without, as in 172.31.0.11/20',
})

const missing = (found: readonly Address[], linkAddresses: readonly PrivateAddress[]): Said<never> => ({
  kind: 'wrong',
  found: found.map(formatAddress).join(', '),
  expected: `an address that a link of the machine has (${linkAddresses.slice(0, SHOWN).map(formatPrivate).join(', ') || 'its agent found none'}); name the one that its neighbours reach it by in the annotation damask.dev/private-address`,
})

/** Enough to find the right one. */
const SHOWN = 5
const formatPrivate = ({ address, length }: PrivateAddress): string => `${formatAddress(address)}/${length}`

const withLength = (address: Address, linkAddresses: readonly PrivateAddress[]): PrivateAddress | undefined =>
  linkAddresses.find((other) => equalAddresses(other.address, address) && isSane(address, other.length))

/** Shorter ones no subnet of machines has. */
const isSane = ({ family }: Address, length: number): boolean =>
  family === 4 ? length >= 8 && length <= 32 : length >= 16 && length <= 128

const oneOfEach = (all: readonly PrivateAddress[]): readonly PrivateAddress[] =>
  all.filter(({ address: { family } }, index) => all.findIndex((other) => other.address.family === family) === index)
