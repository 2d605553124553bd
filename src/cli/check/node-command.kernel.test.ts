// `damask check node` in a namespace, as its pod runs it in that of a machine.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scratchNamespace } from '../../../test/scratch-namespace.ts'
import type { NodeReport } from './node-report.ts'

const PROGRAM = join(import.meta.dirname, '../main.ts')
const PREFIXES = ['10.42.0.0/16', 'fd42:42::/56'].map((prefix) => `--pod-prefix=${prefix}`)

function forwardingIn({ run }: ReturnType<typeof scratchNamespace>): readonly string[] {
  const words = ['check', 'node', ...PREFIXES, '-o', 'json']
  // It ends with 1 where something stands in the way.
  const output = run('sh', '-c', `"$@" || [ $? = 1 ]`, 'sh', process.execPath, PROGRAM, ...words)
  const { findings }: NodeReport = JSON.parse(output)
  return findings.flatMap(({ topic, severity, what }) => (topic === 'forwarding' ? [`${severity} ${what}`] : []))
}

test('a policy of iptables-legacy is seen as one of nftables is, until a rule lets pods through', () => {
  const namespace = scratchNamespace()
  const { run } = namespace
  expect(forwardingIn(namespace)).toEqual(['ok no chain of others drops forwarded packets'])
  run('iptables-legacy', '-P', 'FORWARD', 'DROP')
  run('ip6tables-legacy', '-P', 'FORWARD', 'DROP')
  const refusal = (chain: string) =>
    `error the chain ${chain} of iptables-legacy drops forwarded packets, and lets none of pods through`
  expect(forwardingIn(namespace)).toEqual([refusal('ip filter FORWARD'), refusal('ip6 filter FORWARD')])
  run('iptables-legacy', '-I', 'FORWARD', '-s', '10.42.0.0/16', '-j', 'ACCEPT')
  expect(forwardingIn(namespace)).toEqual([refusal('ip6 filter FORWARD')])
})
