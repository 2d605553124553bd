// Single mistakes in meshes that are correct, and where each is to be found.
import {
  keptPublicKeyOf,
  privateKeyOf,
  type WrittenMachine,
  type WrittenMesh,
  type WrittenPeer,
} from './random-wg-quick.ts'

/** Where the mistake may be named: what somebody changed, as `peer b allowed`; without words, anywhere in the file. */
export type Mistake = { readonly machine: string; readonly at: readonly string[] }

type Chosen = {
  readonly mesh: WrittenMesh
  readonly machine: WrittenMachine
  readonly peer: WrittenPeer
  /** The machine of that peer, and its peer for ours. */
  readonly far: WrittenMachine
  readonly back: WrittenPeer
  /** Another peer of the machine, and another machine. */
  readonly otherPeer: WrittenPeer | undefined
  readonly other: WrittenMachine
}

/** Each changes the mesh in one place; undefined where the mesh has nothing to do that to. */
export const MISTAKES: Readonly<Record<string, (chosen: Chosen) => Mistake | undefined>> = {
  'allowed IPs left out': ({ machine, peer }) => {
    peer.allowed.pop()
    return at(machine, peer, 'allowed', '')
  },
  'a peer left out': ({ machine, peer }) => {
    machine.peers.splice(machine.peers.indexOf(peer), 1)
    return { machine: machine.name, at: [] }
  },
  'a key that nobody has': ({ machine, peer }) => {
    peer.key = keptPublicKeyOf(privateKeyOf(200))
    return at(machine, peer, 'key')
  },
  'the key of another peer': ({ machine, peer, otherPeer }) => {
    if (otherPeer === undefined) return undefined
    peer.key = otherPeer.key
    return at(machine, peer, 'key')
  },
  'the key of another machine': ({ machine, peer, other }) => {
    if (machine.peers.length > 1) return undefined
    peer.key = keptPublicKeyOf(other.privateKey)
    return at(machine, peer, 'key')
  },
  'its own key as a peer': ({ machine, peer }) => {
    peer.key = keptPublicKeyOf(machine.privateKey)
    return at(machine, peer, 'key')
  },
  'another private key': ({ machine }) => {
    machine.privateKey = privateKeyOf(201)
    return { machine: machine.name, at: ['private'] }
  },
  'the private key of another machine': ({ machine, other }) => {
    machine.privateKey = other.privateKey
    return { machine: machine.name, at: ['private'] }
  },
  'another port of an endpoint': ({ machine, peer }) => {
    if (peer.endpoint === undefined) return undefined
    peer.endpoint = peer.endpoint.replace(/\d+$/, '60000')
    return at(machine, peer, 'endpoint')
  },
  'the endpoint of another peer': ({ machine, peer, otherPeer }) => {
    if (peer.endpoint === undefined || otherPeer?.endpoint === undefined) return undefined
    peer.endpoint = otherPeer.endpoint
    return at(machine, peer, 'endpoint')
  },
  'another ListenPort': ({ machine }) => {
    if (machine.listenPort === undefined) return undefined
    machine.listenPort = 60000
    return { machine: machine.name, at: ['listen'] }
  },
  'no ListenPort': ({ machine }) => {
    if (machine.listenPort === undefined) return undefined
    delete machine.listenPort
    return { machine: machine.name, at: ['interface'] }
  },
  'no Endpoint': ({ machine, peer, back }) => {
    if (peer.endpoint === undefined || back.endpoint !== undefined) return undefined
    delete peer.endpoint
    return at(machine, peer, '')
  },
  'no keepalive behind NAT': ({ machine, peer }) => {
    if (peer.keepalive === undefined) return undefined
    delete peer.keepalive
    return at(machine, peer, '')
  },
  'another preshared key': ({ machine, peer }) => {
    if (peer.presharedKey === undefined) return undefined
    peer.presharedKey = privateKeyOf(202)
    return at(machine, peer, 'preshared')
  },
  'no preshared key': ({ machine, peer }) => {
    if (peer.presharedKey === undefined) return undefined
    delete peer.presharedKey
    return at(machine, peer, '')
  },
  'another address': ({ machine, mesh }) => {
    const [first = ''] = machine.addresses
    const host = first.replace(/\/.*/, '')
    const isListedAlone = mesh.machines.every(({ peers }) =>
      peers.every(({ of, allowed }) => of !== machine.name || allowed.some((one) => one.startsWith(`${host}/`))),
    )
    if (!isListedAlone) return undefined
    machine.addresses[0] = first.replace(/\d+\//, '77/')
    return { machine: machine.name, at: ['address'] }
  },
  'the address of another machine': ({ machine, other }) => {
    machine.addresses = [...other.addresses]
    return { machine: machine.name, at: ['address'] }
  },
  'a prefix of another peer': ({ machine, peer, otherPeer }) => {
    const [prefix] = otherPeer?.allowed ?? []
    if (prefix === undefined) return undefined
    peer.allowed.push(prefix)
    return at(machine, peer, 'allowed')
  },
  'its own address at a peer': ({ machine, peer }) => {
    const [own = ''] = machine.addresses
    peer.allowed.push(own.replace(/\/.*/, own.includes(':') ? '/128' : '/32'))
    return at(machine, peer, 'allowed')
  },
  'a peer twice': ({ machine, peer }) => {
    machine.peers.push({ ...peer, of: 'again' })
    return { machine: machine.name, at: ['peer again key'] }
  },
  'another MTU': ({ machine }) => {
    if (machine.mtu === undefined) return undefined
    machine.mtu = 1400
    return { machine: machine.name, at: ['mtu'] }
  },
  'an MTU above what fits': ({ machine }) => {
    machine.mtu = 1500
    return { machine: machine.name, at: ['mtu'] }
  },
  'an endpoint inside the tunnel': ({ machine, peer, far }) => {
    if (peer.endpoint === undefined) return undefined
    const host = (far.addresses[0] ?? '').replace(/\/.*/, '')
    const port = /\d+$/.exec(peer.endpoint)?.[0]
    peer.endpoint = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    return at(machine, peer, 'endpoint')
  },
  'a setting that nobody knows': ({ machine, peer }) => {
    peer.endpoint = `${peer.endpoint ?? '203.0.113.99:1'}:x`
    return at(machine, peer, 'endpoint')
  },
}

const at = ({ name }: WrittenMachine, { of }: WrittenPeer, ...what: readonly string[]): Mistake => ({
  machine: name,
  at: what.map((word) => `peer ${of} ${word}`.trim()),
})

/** Changes a copy. */
export function makeMistake(
  correct: WrittenMesh,
  name: string,
  pick: readonly [number, number, number, number],
): { readonly mesh: WrittenMesh; readonly mistake: Mistake } | undefined {
  const mesh = structuredClone(correct)
  const machine = pickOf(mesh.machines, pick[0])
  const peer = machine && pickOf(machine.peers, pick[1])
  const far = mesh.machines.find((one) => one.name === peer?.of)
  const back = far?.peers.find(({ of }) => of === machine?.name)
  if (machine === undefined || peer === undefined || far === undefined || back === undefined) return undefined
  const otherPeer = pickOf(
    machine.peers.filter((one) => one !== peer),
    pick[2],
  )
  const other = pickOf(
    mesh.machines.filter((one) => one !== machine && one !== far),
    pick[3],
  )
  const mistake = other && MISTAKES[name]?.({ mesh, machine, peer, far, back, otherPeer, other })
  return mistake && { mesh, mistake }
}

const pickOf = <Item>(items: readonly Item[], number: number): Item | undefined => items[number % items.length]
