// Rules as kube-router's policy controller, which k3s has built in, writes them for pods of a node: pkg/controllers/netpol of its sources.

export type Policy = {
  /** The pod's own address. */
  readonly pod: string
  readonly direction: 'in' | 'out'
  /** Of the only pod that it may speak with. */
  readonly allowed: string
}

/** For `iptables-restore --noflush`, or ip6tables'; of one family. */
export function policyRules(policies: readonly Policy[]): string {
  const chains = policies.map((policy, nth) => ({ policy, own: `${POD}${nth}`, network: `${NETWORK}${nth}` }))
  return table([
    ...[...HOOKS.map(({ own }) => own), ...chains.flatMap(({ own, network }) => [own, network])].map(
      (name) => `:${name} - [0:0]`,
    ),
    ...HOOKS.map(({ hook, own }) => `-I ${hook} 1 -m comment --comment "kube-router netpol" -j ${own}`),
    ...chains.flatMap(({ policy: { pod, direction, allowed }, own, network }) => [
      ...HOOKS.filter(({ hook }) => direction === 'out' || hook !== 'INPUT').map(
        (hook) => `-A ${hook.own} ${direction === 'in' ? '-d' : '-s'} ${pod} -j ${own}`,
      ),
      `-A ${own} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
      `-A ${own} -m conntrack --ctstate INVALID -j DROP`,
      ...(direction === 'in' ? [`-A ${own} -m addrtype --src-type LOCAL -d ${pod} -j ACCEPT`] : []),
      `-A ${own} -j ${network}`,
      `-A ${own} -m mark ! --mark 0x10000/0x10000 -j REJECT`,
      `-A ${own} -j MARK --set-mark 0/0x10000`,
      `-A ${own} -j MARK --set-mark 0x20000/0x20000`,
      `-A ${network} ${direction === 'in' ? '-s' : '-d'} ${allowed} -j MARK --set-xmark 0x10000/0x10000`,
    ]),
    ...HOOKS.map(({ own }) => `-A ${own} -m mark --mark 0x20000/0x20000 -j ACCEPT`),
  ])
}

/** What takes them away again. */
export const noPolicyRules = (policies: readonly Policy[]): string => {
  const names = [...HOOKS.map(({ own }) => own), ...policies.flatMap((_, nth) => [`${POD}${nth}`, `${NETWORK}${nth}`])]
  return table([
    ...HOOKS.map(({ hook, own }) => `-D ${hook} -m comment --comment "kube-router netpol" -j ${own}`),
    ...names.map((name) => `-F ${name}`),
    ...names.map((name) => `-X ${name}`),
  ])
}

const HOOKS = ['INPUT', 'FORWARD', 'OUTPUT'].map((hook) => ({ hook, own: `KUBE-ROUTER-${hook}` }))
const POD = 'KUBE-POD-FW-'
const NETWORK = 'KUBE-NWPLCY-'

const table = (lines: readonly string[]): string => `${['*filter', ...lines, 'COMMIT'].join('\n')}\n`
