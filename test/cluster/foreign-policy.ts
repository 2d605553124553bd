// Policies of another controller on pods of a node, as rules of iptables: that they hold, and what becomes of them.
import { expect } from 'vitest'
import { type Asker, ask, podAsker, urlOf, whyNoAnswer } from './asker.ts'
import { noPolicyRules, type Policy, policyRules } from './policy-rules.ts'
import { PORTS } from './service-objects.ts'
import { FAMILIES, type ServiceTrial } from './service-trial.ts'

/** The pod of `web` on gcp-1 is to hear that of aws-1 and nobody else, the one of `some` to speak to it and to nobody else. */
export async function tryForeignPolicy({ cluster, members, member, podsOf }: ServiceTrial): Promise<void> {
  const { node, machine, addresses, podName, pod } = member('gcp-1')
  const friend = member('aws-1')
  const strangers = members.filter((one) => one !== friend && one.node !== node)
  const other = (await podsOf('some')).find(({ spec }) => spec.nodeName === node.name)
  const neighbour = podAsker(cluster, other?.metadata.name ?? '')
  const from = other?.status.podIPs.map(({ ip }) => ip) ?? []
  const policies = FAMILIES.map((family): readonly Policy[] => [
    { pod: addresses[family] ?? '', direction: 'in', allowed: friend.addresses[family] ?? '' },
    { pod: from[family] ?? '', direction: 'out', allowed: friend.addresses[family] ?? '' },
  ])
  const restore = async (text: (policies: readonly Policy[]) => string): Promise<void> => {
    for (const family of FAMILIES) {
      await node.write('/run/policy', text(policies[family] ?? []))
      await node.run(family === 0 ? 'iptables-restore' : 'ip6tables-restore', '--noflush', '/run/policy')
    }
  }
  const rules = async (): Promise<string> => {
    const saved = [await node.run('iptables-save', '-t', 'filter'), await node.run('ip6tables-save', '-t', 'filter')]
    return saved
      .join('')
      .split('\n')
      .filter((line) => /KUBE-(ROUTER|POD-FW|NWPLCY)/.test(line) && line.startsWith('-'))
      .join('\n')
  }
  // Between pods of one node the kernel heeds a refusal of IPv6 only when it asks again, after a second: the first comes too soon.
  const refusal = async (asker: Asker, url: string): Promise<void> =>
    expect(await whyNoAnswer(asker, url, '10s')).toContain('refused')
  const expectPolicy = async (): Promise<void> => {
    const inFamily = async (family: 0 | 1): Promise<void> => {
      const url = urlOf(addresses[family] ?? '')
      const friendly = urlOf(friend.addresses[family] ?? '')
      expect(await ask(friend.pod, url)).toEqual([{ by: podName, client: friend.addresses[family] }])
      expect(await ask(machine, url)).toHaveLength(1) // kubelet's probes
      // What it asks itself comes back.
      expect(await ask(pod, ...members.map((one) => urlOf(one.addresses[family] ?? '')))).toHaveLength(members.length)
      expect(await ask(neighbour, friendly)).toHaveLength(1)
      await Promise.all([
        refusal(neighbour, url),
        ...strangers.flatMap((stranger) => [
          refusal(stranger.pod, url),
          refusal(neighbour, urlOf(stranger.addresses[family] ?? '')),
        ]),
      ])
    }
    await Promise.all(FAMILIES.map(inFamily))
    // Nor by a host port.
    await Promise.all(
      strangers.map((stranger) => refusal(stranger.pod, urlOf(node.privateAddresses[0] ?? '', PORTS.host))),
    )
  }
  await restore(policyRules)
  const before = await rules()
  expect(before.split('\n').length).toBeGreaterThan(40)
  await expectPolicy()
  const field = `--field-selector=spec.nodeName=${node.name}`
  await cluster.kubectl(
    'delete',
    'pod',
    '--namespace=damask-system',
    '--selector=app.kubernetes.io/name=damask-agent',
    field,
  )
  await cluster.kubectl('rollout', 'status', 'daemonset/damask-agent', '--namespace=damask-system', '--timeout=120s')
  expect(await rules()).toBe(before)
  await expectPolicy()
  await restore(noPolicyRules)
  for (const stranger of strangers)
    expect(await ask(stranger.pod, ...addresses.map((one) => urlOf(one)))).toHaveLength(2)
}
