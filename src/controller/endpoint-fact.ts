// Where a node is reached from other sites: by annotation, else its ExternalIP, else nowhere (behind NAT).
import { type Address, type Family, formatAddress, tryAddress } from '../model/index.ts'
import type { CoreNode } from './core-node.ts'
import { annotation, type Fact, firstSaid, right, type Said } from './fact.ts'

export type EndpointFact = { readonly host: string; readonly port: number }

/** Says of a node with an ExternalIP that it is reached by none all the same. */
const NOWHERE = '-'

/** `defaultPort`: the Network's. `family`: that of its private address, by which those of its site go out as well. */
export function endpointFact(
  { annotations, addresses }: CoreNode,
  defaultPort: number,
  family: Family | undefined,
): Fact<EndpointFact> {
  const read = (text: string): Said<EndpointFact | undefined> => readEndpoint(text, defaultPort)
  const external = externalAddress(addresses, family)
  const { value, problems } = firstSaid<EndpointFact | undefined>(
    [
      annotation(annotations, 'damask.dev/endpoint', read),
      annotation(annotations, 'kilo.squat.ai/force-endpoint', read),
      {
        name: 'its ExternalIP',
        said: external && right({ host: formatAddress(external), port: defaultPort }),
      },
    ],
    'the node is taken to be behind NAT',
  )
  return value === undefined ? { problems } : { value, problems }
}

function externalAddress(addresses: CoreNode['addresses'], family: Family | undefined): Address | undefined {
  const all = addresses.flatMap(({ type, address }) => (type === 'ExternalIP' ? (tryAddress(address) ?? []) : []))
  return all.find((address) => address.family === family) ?? all[0]
}

const EXPECTED = 'HOST, HOST:PORT or [IPV6]:PORT, as in 203.0.113.7:51820, or - for none'
/** RFC 1123 */
const DNS_NAME = /^(?=.{1,253}\.?$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.?$/i

function readEndpoint(text: string, defaultPort: number): Said<EndpointFact | undefined> {
  if (text === NOWHERE) return right(undefined)
  const { hostText, portText } = splitEndpoint(text)
  const host = readHost(hostText)
  const port = portText === undefined ? defaultPort : /^[1-9]\d{0,4}$/.test(portText) ? Number(portText) : 0
  const isRight = host !== undefined && port > 0 && port <= 65535
  return isRight ? right({ host, port }) : { kind: 'wrong', found: text, expected: EXPECTED }
}

function splitEndpoint(text: string): { readonly hostText: string; readonly portText?: string } {
  if (tryAddress(text) !== undefined) return { hostText: text }
  const [, ipv6, host, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(text) ?? []
  // What stands in brackets is IPv6 and nothing else.
  const hostText = ipv6 === undefined ? (host ?? '') : ipv6.includes(':') ? ipv6 : ''
  return port === undefined ? { hostText } : { hostText, portText: port }
}

function readHost(text: string): string | undefined {
  const address = tryAddress(text)
  if (address !== undefined) return formatAddress(address)
  return !/^[0-9.]+$/.test(text) && DNS_NAME.test(text) ? text.toLowerCase() : undefined
}
