// What an agent says of its node, as the status of its MeshNode.
import { formatAddress, type NodeReport, type NodeStatus } from '../../model/index.ts'

export function statusBody(status: NodeStatus, report: NodeReport | undefined): object {
  const { publicKey, underlayMtuBytes, underlayIpv6MtuBytes, addresses, conditions } = status
  return defined({
    publicKey,
    underlayMtu: underlayMtuBytes,
    underlayIpv6Mtu: underlayIpv6MtuBytes,
    addresses: addresses?.map(({ address, length }) => `${formatAddress(address)}/${length}`),
    conditions:
      conditions === undefined || conditions.length === 0
        ? undefined
        : conditions.map(({ type, message }) => ({ type, message })),
    report: report && reportBody(report),
  })
}

function reportBody({ isReady, lastHandshakeAt, ...report }: NodeReport): object {
  const { site, role, slot, endpoint, reason, pods, version } = report
  return defined({
    site,
    role,
    slot,
    endpoint,
    // As conditions say it, so that `kubectl` prints a word.
    ready: isReady ? 'True' : 'False',
    reason,
    // Whole seconds, as the API's own times are.
    lastHandshakeTime:
      lastHandshakeAt === undefined ? undefined : `${new Date(lastHandshakeAt).toISOString().slice(0, 19)}Z`,
    pods,
    version,
  })
}

const defined = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
