// What lies below the machines and beside Damask, as facts.
import { MAIN_TABLE, type NodeState, prefixOf } from '../../model/index.ts'
import type { Firewall, UnderlayHost, UnderlayNetwork } from '../underlay.ts'
import { constant, type Fact, keyed, member } from './fact.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { Things } from './things.ts'

export const wireName = ({ network, segment }: UnderlayHost): string => `wire ${network}/${segment}`

export function gatewayFacts(things: Things, { gatewayAddresses }: NodeState): readonly Fact[] {
  return ([4, 6] as const).flatMap((family) => {
    const address = gatewayAddresses[family]
    return address === undefined
      ? []
      : [{ form: fingerprintOf(`speaks IPv${family} by`), things: [things.ofAddress(address)] }]
  })
}

export function factsOfHost(things: Things, host: UnderlayHost): readonly Fact[] {
  const { network, link, addresses, defaultRoutes, routes = [], behind = [], mtuBytes, ipv6MtuBytes } = host
  const table = `table ${MAIN_TABLE}`
  return [
    {
      form: fingerprintOf(`stands by ${link} ${defaultRoutes.join()} ${mtuBytes} ${ipv6MtuBytes}`),
      things: [things.ofText(`network ${network}`), things.ofText(wireName(host))],
    },
    ...addresses.flatMap(({ address, length }) => [
      { form: fingerprintOf(`has ${length}`), things: [things.ofAddress(address)] },
      keyed(things, 'connected', MAIN_TABLE, prefixOf(address, length)),
    ]),
    ...defaultRoutes.map((family) =>
      keyed(things, 'default', MAIN_TABLE, prefixOf({ family, w0: 0, w1: 0, w2: 0, w3: 0 }, 0)),
    ),
    ...routes.map(({ to, via }) => ({
      form: fingerprintOf('route beside'),
      things: via === undefined ? [] : [things.ofAddress(via)],
      prefix: things.ofPrefix(to),
      table,
      isBeside: true as const,
    })),
    ...behind.map((prefix) => keyed(things, 'behind', MAIN_TABLE, prefix)),
    ...(['input', 'output', 'forward'] as const).flatMap((name) => factsOfFirewall(things, name, host[name])),
  ]
}

function factsOfFirewall(things: Things, place: string, firewall: Firewall | undefined): readonly Fact[] {
  if (firewall === undefined) return []
  const text = firewall.rules.map(({ from, to, ...rest }) =>
    JSON.stringify([rest, from !== undefined, to !== undefined]),
  )
  return [
    constant(`${place} ${text.join()} ${firewall.otherwise}`),
    ...firewall.rules.flatMap(({ from, to }, nth) => [
      ...(from ? [member(things, `${place} ${nth} from`, from)] : []),
      ...(to ? [member(things, `${place} ${nth} to`, to)] : []),
    ]),
  ]
}

/** What all machines of a private network have in common. */
export function factsOfUnderlay(things: Things, network: UnderlayNetwork): readonly Fact[] {
  const { name, prefixes, uplink, inside, isAssumed: _, ...rest } = network
  const { nat, fromInternet, toInternet, ...way } = uplink ?? {
    nat: undefined,
    fromInternet: undefined,
    toInternet: undefined,
  }
  return [
    {
      form: fingerprintOf(JSON.stringify([rest, way, nat && { ...nat, translations: [], outside: [], forwards: [] }])),
      things: [things.ofText(`network ${name}`)],
    },
    ...[...new Set(prefixes.map(things.ofPrefix))].map((prefix) => ({
      form: fingerprintOf(`network ${MAIN_TABLE}`),
      things: [],
      prefix,
      table: `table ${MAIN_TABLE}`,
      isBeside: true as const,
    })),
    ...factsOfFirewall(things, 'inside', inside),
    ...factsOfFirewall(things, 'from the internet', fromInternet),
    ...factsOfFirewall(things, 'to the internet', toInternet),
    ...(nat?.kind === 'one-to-one'
      ? nat.translations.map(({ node, outside, inside: own }) => ({
          form: fingerprintOf('translation'),
          things: [things.ofText(`node ${node}`), things.ofAddress(outside), things.ofAddress(own)],
        }))
      : []),
    ...(nat?.kind === 'masquerade'
      ? [
          ...nat.outside.map((address, nth) => ({
            form: fingerprintOf(`masquerade ${nth}`),
            things: [things.ofAddress(address)],
          })),
          ...nat.forwards.map(({ node, outside, outsidePort, inside: own, insidePort }) => ({
            form: fingerprintOf(`forward ${outsidePort} ${insidePort}`),
            things: [things.ofText(`node ${node}`), things.ofAddress(outside), things.ofAddress(own)],
          })),
        ]
      : []),
  ]
}
