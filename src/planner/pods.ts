// The host's side of each pod: a route, and neighbours that are never asked for.
import {
  type Because,
  type Entry,
  hostPrefix,
  interfaceAddress,
  type LocalPod,
  link,
  neighbour,
  POD_GATEWAY_V6,
  route,
  TABLE,
} from '../model/index.ts'

export function planPod(node: string, pod: LocalPod): readonly Entry[] {
  const because: Because[] = [
    { resource: `Node/${node}`, rule: `pod ${pod.name ?? pod.containerId} is here, on ${pod.link}` },
  ]
  return [
    link({ name: pod.link, type: { kind: 'veth' }, mtuBytes: pod.mtuBytes, because }),
    ...(pod.addresses.some(({ family }) => family === 6)
      ? [interfaceAddress({ link: pod.link, address: POD_GATEWAY_V6, because })]
      : []),
    ...pod.addresses.flatMap((address) => [
      neighbour({ link: pod.link, address, hardwareAddress: pod.hardwareAddress, because }),
      route({
        table: TABLE,
        to: hostPrefix(address),
        target: { kind: 'link', link: pod.link },
        source: 'gateway-address',
        because,
      }),
    ]),
  ]
}
