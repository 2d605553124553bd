// One pod's part of a check: asks all that the plan has for its node, at once, and says what did not come back.
import { lookup } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { headerBytes, probeTcp, probeTls, probeUdp } from './probe.ts'
import type { NodePort, Probe, ProbeFailure, ProbePlan, ProbeReport } from './probe-plan.ts'

const SMALL_BYTES = 64
const SERVICE_PATIENCE_MS = 20_000
const SERVICE_CONNECTIONS = 8

export async function sendProbes(plan: ProbePlan, node: string, authority?: string): Promise<ProbeReport> {
  const mtuBytes = podMtu()
  const results = await Promise.all([
    ...plan.pods.flatMap((pod) => pod.addresses.map((address) => probePod(address, pod.node, plan.port, mtuBytes))),
    ...plan.service.addresses.map((address) => probeService(address, plan.service.port)),
    probeApi(plan.api, authority),
    ...(plan.nodePorts[node] ?? []).map(probeNodePort),
  ])
  const all = results.flat()
  return { tried: all.length, mtuBytes, failures: all.flatMap(failed) }
}

type Tried = Omit<ProbeFailure, 'reason'> & { readonly reason: string | undefined }

const failed = ({ reason, ...tried }: Tried): readonly ProbeFailure[] =>
  reason === undefined ? [] : [{ ...tried, reason }]

const familyOf = (address: string): 4 | 6 => (isIPv6(address) ? 6 : 4)

async function probePod(address: string, to: string, port: number, mtuBytes: number): Promise<readonly Tried[]> {
  const asked = { address, port }
  const tried = (probe: Probe, reason: string | undefined): Tried => ({ probe, to, family: familyOf(address), reason })
  const [tcp, udp] = await Promise.all([probeTcp(asked), probeUdp(asked, { bytes: SMALL_BYTES, burst: 1, tries: 3 })])
  const bytes = mtuBytes - headerBytes(address)
  // Where nothing comes, nothing large does.
  const full = udp === undefined ? [tried('udp-full', await probeUdp(asked, { bytes, burst: 3, tries: 1 }))] : []
  if ('failure' in tcp) return [tried('tcp', tcp.failure), tried('udp', udp), ...full]
  const { sees } = tcp.greeting
  const seen = ownAddresses().includes(sees) ? undefined : `it sees ${sees}`
  return [tried('tcp', undefined), tried('source', seen), tried('udp', udp), ...full]
}

async function probeService(address: string, port: number): Promise<readonly Tried[]> {
  const tried = (probe: Probe, reason: string | undefined): Tried => ({
    probe,
    to: address,
    family: familyOf(address),
    reason,
  })
  const [reason, udp] = await Promise.all([
    connectOften(address, port),
    probeUdp({ address, port }, { bytes: SMALL_BYTES, burst: 1, tries: 5 }),
  ])
  return [tried('service', reason), tried('service-udp', udp)]
}

async function probeNodePort({ kind, node, address, port }: NodePort): Promise<readonly Tried[]> {
  return [{ probe: kind, to: node, family: familyOf(address), reason: await connectOften(address, port) }]
}

/** Each connection to a service may lead to another pod. Its endpoints are known everywhere some moments after they are there. */
async function connectOften(address: string, port: number): Promise<string | undefined> {
  const first = await probeTcp({ address, port }, SERVICE_PATIENCE_MS)
  if ('failure' in first) return first.failure
  const more = await Promise.all(Array.from({ length: SERVICE_CONNECTIONS }, () => probeTcp({ address, port })))
  const broken = more.flatMap((result) => ('failure' in result ? [result.failure] : []))
  return broken.length === 0 ? undefined : `${broken.length} of ${more.length} connections: ${broken[0]}`
}

/** By its name as programs ask for it; where there is no DNS, by its address. */
async function probeApi(
  { name, address, port, hasDns }: ProbePlan['api'],
  authority?: string,
): Promise<readonly Tried[]> {
  const tls = async (at: string): Promise<Tried> => ({
    ...{ probe: 'tls' as const, to: name, family: familyOf(at) },
    reason: await probeTls({ address: at, port }, { name, authority }),
  })
  if (!hasDns) return [await tls(address)]
  try {
    const [found] = await lookup(name, { all: true })
    if (found === undefined) throw new Error('it has no address')
    return [{ probe: 'dns', to: name, family: familyOf(address), reason: undefined }, await tls(found.address)]
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    return [{ probe: 'dns', to: name, family: familyOf(address), reason }, await tls(address)]
  }
}

const ownAddresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((those) => (those ?? []).map(({ address }) => address))

/** Of the pod's link: that which has its address. */
function podMtu(): number {
  const [link = 'eth0'] = Object.entries(networkInterfaces()).flatMap(([name, those]) =>
    (those ?? []).some(({ internal }) => !internal) ? [name] : [],
  )
  return Number(readFileSync(`/sys/class/net/${link}/mtu`, 'utf8')) || 1280
}
