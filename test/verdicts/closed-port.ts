// Foreign nftables rules: no NodeState speaks of them, so the underlay that the verifier is given does.
import { within } from '../../src/lab/within.ts'
import { openNftables } from '../../src/linux/index.ts'
import { type Entry, entriesOf } from '../../src/model/index.ts'
import type { Firewall, FirewallRule, Underlay, UnderlayNetwork } from '../../src/verifier/index.ts'
import type { Breaker } from './fault.ts'

/** Stateful, as firewalls are: what is answered was let through. */
const closing = (hook: 'input' | 'forward', condition: string, port: number): string =>
  [
    'table inet closed {',
    `  chain ${hook} {`,
    `    type filter hook ${hook} priority filter - 10;`,
    `    ${condition}ct state new udp dport ${port} drop`,
    '  }',
    '}',
    '',
  ].join('\n')

async function runNft(namespace: string, text: string): Promise<void> {
  await within(namespace, async ({ namespace: handle }) => {
    const nftables = openNftables(handle)
    try {
      await nftables.run(text)
    } finally {
      nftables.close()
    }
  })
}

/** What comes in by the cloud's router, also what a port forward names. */
export const breakCloudPort: Breaker = async ({ layout, world }, { name }, pick) => {
  const cloud = layout.clouds.find(({ members }) => members.includes(name))
  const insidePorts = cloud?.forwards.map(({ insidePort }) => insidePort) ?? []
  const port = pick(insidePorts.length > 0 ? insidePorts : [world.network.tunnel.port])
  if (!cloud || port === undefined) return undefined
  const text = `${cloud.name} lets nobody in at UDP ${port}`
  return {
    text,
    put: () => runNft(cloud.namespace, closing('forward', 'oifname "lan*" ', port)),
    declare: (underlay) => ({
      ...underlay,
      networks: new Map(underlay.networks).set(cloud.name, closed(underlay, cloud.name, ruleOf(port, text))),
    }),
  }
}

const ruleOf = (port: number, name: string): FirewallRule => ({ verdict: 'drop', protocol: 'udp', port, name })

/** Where a forward lets in by itself, it is asked too from now on, and all else that a forward names is let in. */
function closed({ networks }: Underlay, name: string, rule: FirewallRule): UnderlayNetwork {
  const network = networks.get(name)
  if (!network?.uplink) throw new Error(`the underlay has no network ${name}`)
  const { nat, fromInternet } = network.uplink
  const before: Firewall =
    nat.kind === 'masquerade' && nat.isLetIn ? { rules: fromInternet.rules, otherwise: 'accept' } : fromInternet
  return {
    ...network,
    uplink: {
      ...network.uplink,
      nat: nat.kind === 'masquerade' ? { ...nat, isLetIn: false } : nat,
      fromInternet: { ...before, rules: [rule, ...before.rules] },
    },
  }
}

/** One at which something of ours listens. */
export const breakNodePort: Breaker = async (_, { name, namespace, state }, pick) => {
  const port = pick([...entriesOf(state)].flatMap(portOf))
  if (port === undefined) return undefined
  const text = `${name} lets nobody in at UDP ${port}`
  return {
    text,
    put: () => runNft(namespace, closing('input', '', port)),
    declare(underlay) {
      const host = underlay.hosts.get(name)
      if (!host) throw new Error(`the underlay has no host ${name}`)
      const rules = [ruleOf(port, text), ...(host.input?.rules ?? [])]
      const input: Firewall = { otherwise: host.input?.otherwise ?? 'accept', rules }
      return { ...underlay, hosts: new Map(underlay.hosts).set(name, { ...host, input }) }
    },
  }
}

function portOf(entry: Entry): number[] {
  if (entry.kind === 'wireguard-device') return [entry.listenPort]
  return entry.kind === 'link' && entry.type.kind === 'vxlan' ? [entry.type.port] : []
}
