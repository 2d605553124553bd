// Endpoints against the ports that machines listen at, against each other, and who needs a keepalive.
import { isPublicAddress } from '../model/index.ts'
import { endpointText } from './check-links.ts'
import type { Peer, PeerEndpoint } from './config.ts'
import type { Draft } from './finding.ts'
import { fromBothEnds, type Link, linksOf } from './links.ts'
import type { Device, Mesh } from './mesh.ts'
import type { Placed } from './place.ts'
import { listed, peerName } from './words.ts'

/** `wrong`: peers with another machine's key, whose endpoints are not that one's. */
export const checkEndpoints = (mesh: Mesh, wrong: ReadonlySet<Peer>): readonly Draft[] => {
  const shared = sharedEndpoints(mesh, wrong)
  const isTold = ({ place }: Draft): boolean => shared.some((one) => one.place === place)
  return [
    ...mesh.devices.flatMap((device) => {
      const uses = usesOf(mesh, device).filter(({ peer }) => !wrong.has(peer))
      return [...ports(mesh, device, uses), ...deviants(device, uses).filter((draft) => !isTold(draft))]
    }),
    ...shared,
    ...linksOf(mesh)
      .flatMap(fromBothEnds)
      .flatMap((link) => keepalives(mesh, link)),
  ]
}

type Use = { readonly device: Device; readonly peer: Peer; readonly endpoint: Placed<PeerEndpoint> }

const usesOf = (mesh: Mesh, device: Device): readonly Use[] =>
  mesh
    .peersFor(device)
    .flatMap((use) => (use.peer.endpoint === undefined ? [] : [{ ...use, endpoint: use.peer.endpoint }]))

function ports(mesh: Mesh, device: Device, uses: readonly Use[]): readonly Draft[] {
  const { config, machine } = device
  const listen = config.listenPort
  const related = uses.map(({ device: user, endpoint: { place } }) => ({
    place,
    what: `the Endpoint that ${user.machine} has`,
  }))
  const [first] = uses
  if (first === undefined || mesh.devicesOf(device.publicKey).length > 1 || config.unread.has('listenport')) return []
  if (listen === undefined || listen.value === 0) {
    if (config.hooks.some(({ value }) => value.includes('listen-port'))) return []
    return [
      {
        severity: 'error',
        code: 'port',
        place: listen?.place ?? config.place,
        what: `${machine} has no ListenPort, and others have an Endpoint for it`,
        follows: 'it listens at another random port after every start, and nobody finds it',
        write: `ListenPort = ${first.endpoint.value.port}`,
        related,
      },
    ]
  }
  const wrong = uses.filter(({ endpoint }) => endpoint.value.port !== listen.value)
  const elsewhere = new Set(wrong.map(({ endpoint }) => endpoint.value.port))
  if (wrong.length > 1 && wrong.length === uses.length && elsewhere.size === 1)
    return [
      {
        severity: severityOf(wrong),
        code: 'port',
        place: listen.place,
        what: `${machine} listens at ${listen.value}, and all others send to ${first.endpoint.value.port}`,
        follows: `nobody begins with ${machine}, unless something forwards that port`,
        write: `ListenPort = ${first.endpoint.value.port}`,
        related,
      },
    ]
  return wrong.map(({ endpoint, device: user }) => {
    const isContradicted = uses.some((use) => use.endpoint.value.host === endpoint.value.host && !wrong.includes(use))
    return {
      severity: isContradicted ? 'error' : severityOf([{ endpoint }]),
      code: 'port',
      place: endpoint.place,
      what: `the Endpoint of ${machine} is ${endpointText(endpoint.value)}, and it listens at ${listen.value}`,
      follows: `${user.machine} cannot begin with ${machine}, unless something forwards that port`,
      write: `Endpoint = ${endpointText({ ...endpoint.value, port: listen.value })}`,
      related: [{ place: listen.place, what: `the ListenPort of ${machine}` }],
    }
  })
}

/** In front of a public address, something may forward another port; on a local network nothing does. */
const severityOf = (uses: readonly Pick<Use, 'endpoint'>[]): 'error' | 'warning' =>
  uses.every(({ endpoint: { value } }) => value.address !== undefined && !isPublicAddress(value.address))
    ? 'error'
    : 'warning'

/** One file has another host for a machine than all others, of which there are at least two. */
function deviants(device: Device, all: readonly Use[]): readonly Draft[] {
  const uses = all.filter(({ endpoint: { value } }) => value.address === undefined || isPublicAddress(value.address))
  return uses.flatMap((use): Draft[] => {
    const others = uses.filter((other) => other !== use && familyOf(other) === familyOf(use))
    const hosts = new Set(others.map(({ endpoint }) => endpoint.value.host))
    const [other] = others
    if (other === undefined || others.length < 2 || hosts.size > 1 || hosts.has(use.endpoint.value.host)) return []
    return [
      {
        severity: 'warning',
        code: 'differing-endpoint',
        place: use.endpoint.place,
        what: `the Endpoint of ${device.machine} is ${use.endpoint.value.host} here, and ${other.endpoint.value.host} for all others`,
        follows: `${use.device.machine} does not find ${device.machine}, if it is not there`,
        write: `Endpoint = ${endpointText({ ...use.endpoint.value, host: other.endpoint.value.host })}`,
        related: [{ place: other.endpoint.place, what: `in the file of ${other.device.machine}` }],
      },
    ]
  })
}

const familyOf = ({ endpoint }: Use): string => String(endpoint.value.address?.family ?? 'name')

/** Two peers at one address and port: only one of them can be there. The one that fewer say is the wrong one. */
function sharedEndpoints(mesh: Mesh, wrong: ReadonlySet<Peer>): readonly Draft[] {
  const uses = mesh.devices.flatMap((device) =>
    device.config.peers.flatMap((peer) =>
      peer.endpoint === undefined || peer.publicKey === undefined || wrong.has(peer)
        ? []
        : [{ device, peer, endpoint: peer.endpoint, key: peer.publicKey.value }],
    ),
  )
  const places = [...Map.groupBy(uses, ({ endpoint }) => endpointText(endpoint.value))]
  return places.flatMap(([text, those]) => {
    const byKey = [...Map.groupBy(those, ({ key }) => key).values()].sort((a, b) => b.length - a.length)
    const [most, ...rest] = byKey
    const right = most?.[0]
    if (right === undefined) return []
    // Private addresses may be there in several networks; in one file they are of one.
    const isSaidTwice = (use: Use): boolean =>
      right.endpoint.value.address === undefined ||
      isPublicAddress(right.endpoint.value.address) ||
      most?.some(({ device }) => device === use.device) === true
    return rest.flat().map(
      (use): Draft => ({
        severity: isSaidTwice(use) ? 'error' : 'warning',
        code: 'shared-endpoint',
        place: use.endpoint.place,
        what: `${text} is the Endpoint of two machines: ${peerName(mesh, use.peer)} here, and ${peerName(mesh, right.peer)}`,
        follows: 'only one of them can be there; the other never answers',
        write: ownEndpoint(mesh, use, text) ?? `the Endpoint of ${peerName(mesh, use.peer)}`,
        related: [{ place: right.endpoint.place, what: `for ${peerName(mesh, right.peer)}` }],
      }),
    )
  })
}

/** What all other files have for the machine of this peer. */
function ownEndpoint(mesh: Mesh, { device, peer }: Pick<Use, 'device' | 'peer'>, wrong: string): string | undefined {
  const [far] = mesh.devicesOf(peer.publicKey?.value)
  const others = far === undefined ? [] : usesOf(mesh, far).filter((use) => use.device !== device)
  const texts = new Set(others.map(({ endpoint }) => endpointText(endpoint.value)))
  texts.delete(wrong)
  return texts.size === 1 ? `Endpoint = ${[...texts].join('')}` : undefined
}

/** Who has to begin and keeps nothing open is not reached until it has something to say. */
function keepalives(mesh: Mesh, { device, peer, far, back }: Link): readonly Draft[] {
  if (peer.endpoint === undefined || back.endpoint !== undefined || back.unread.has('endpoint')) return []
  if ((peer.keepaliveSeconds?.value ?? 0) > 0 || peer.unread.has('persistentkeepalive')) return []
  if (device.config.hooks.some(({ value }) => value.includes('persistent-keepalive'))) return []
  const elsewhere = usesOf(mesh, device)
  const knowing = listed(elsewhere.map((use) => use.device.machine))
  return [
    {
      severity: 'warning',
      code: 'keepalive',
      place: peer.keepaliveSeconds?.place ?? peer.place,
      what: `${far.machine} has no Endpoint for ${device.machine}, and ${device.machine} keeps nothing open: no PersistentKeepalive`,
      follows: `${far.machine} does not reach ${device.machine} until ${device.machine} has sent something, nor after the NAT forgot that`,
      write:
        elsewhere.length === 0
          ? 'PersistentKeepalive = 25'
          : `PersistentKeepalive = 25; or in the file of ${far.machine} the Endpoint that ${knowing} ${elsewhere.length === 1 ? 'has' : 'have'}`,
      related: [{ place: back.place, what: `the peer without Endpoint, in the file of ${far.machine}` }],
    },
  ]
}
