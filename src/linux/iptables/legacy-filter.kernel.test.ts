import { describe, expect, test } from 'vitest'
import { scratchNamespace } from '../../../test/scratch-namespace.ts'
import { formatPrefix, type Prefix } from '../../model/index.ts'
import type { LegacyChain, LegacyRule } from './legacy-chain.ts'
import { readLegacyFilter } from './legacy-filter.ts'

const FAMILIES = [
  { family: 4, program: 'iptables-legacy', pods: '10.42.0.0/16', host: '192.0.2.1/32' },
  { family: 6, program: 'ip6tables-legacy', pods: 'fd42:42::/56', host: '2001:db8::1/128' },
] as const

const text = (prefix: Prefix | undefined): string => (prefix === undefined ? 'any' : formatPrefix(prefix))
const ruleText = ({ source, destination, hasOtherConditions, target }: LegacyRule): string =>
  [
    `${text(source)} to ${text(destination)}`,
    ...(hasOtherConditions ? ['and more'] : []),
    target.kind === 'jump' ? target.chain : target.kind === 'extension' ? target.name : target.kind,
  ].join(', ')
const chainText = ({ name, policy, rules }: LegacyChain): string =>
  [`${name}${policy === undefined ? '' : ` ${policy}`}`, ...rules.map(ruleText)].join('; ')

describe.each(FAMILIES)('the filter of $program', ({ family, program, pods, host }) => {
  test('is read as its program wrote it: policies, chains, prefixes, targets', () => {
    const { handle, run } = scratchNamespace()
    const iptables = (words: string) => run(program, ...words.split(' '))
    iptables('-P FORWARD DROP')
    iptables('-N DOCKER-USER')
    iptables('-A FORWARD -j DOCKER-USER')
    iptables('-A FORWARD -i eth0 -p tcp -j LOG')
    iptables(`-A FORWARD ! -s ${pods} -j ACCEPT`)
    iptables(`-A FORWARD -d ${host}`)
    iptables(`-A DOCKER-USER -s ${pods} -d ${host} -j ACCEPT`)
    iptables(`-A DOCKER-USER -s ${pods} -m limit --limit 1/s -j DROP`)
    iptables('-A DOCKER-USER -j RETURN')
    iptables('-A DOCKER-USER -j REJECT')
    expect(readLegacyFilter(family, handle)?.map(chainText)).toEqual([
      'INPUT accept',
      [
        'FORWARD drop',
        'any to any, DOCKER-USER',
        'any to any, and more, LOG',
        `${pods} to any, and more, accept`,
        `any to ${host}, none`,
      ].join('; '),
      'OUTPUT accept',
      [
        'DOCKER-USER',
        `${pods} to ${host}, accept`,
        `${pods} to any, and more, drop`,
        'any to any, return',
        'any to any, REJECT',
      ].join('; '),
    ])
  })

  test('where there is none, none is made by asking for it', () => {
    const { handle, run } = scratchNamespace()
    expect(readLegacyFilter(family, handle)).toBeUndefined()
    // Without the kernel's module there is not even the list.
    const list = `/proc/net/ip${family === 4 ? '' : '6'}_tables_names`
    expect(run('sh', '-c', `if [ -e ${list} ]; then cat ${list}; fi`)).toBe('')
  })
})
