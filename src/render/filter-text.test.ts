import { expect, test } from 'vitest'
import type { PublicKey } from '../model/index.ts'
import { exampleState } from './example-state.fixture.ts'
import { formatFilterTable } from './filter-text.ts'
import { sortEntries } from './sorted-entries.ts'

const keys = { own: '?aws-1' as PublicKey, peer: '?gcp-1' as PublicKey }
const [table] = sortEntries(exampleState(keys))['filter-table']

test('a packet filter reads as `nft list table inet damask` prints it, without the numbers of its counters', () => {
  expect(table && formatFilterTable(table)).toBe(`table inet damask {
	set known4 {
		type ipv4_addr
		flags interval
		elements = { 10.42.1.0/24, 10.42.2.0/23,
			     10.42.4.0/22, 10.42.8.5,
			     10.42.8.6/31 }
	}

	set known6 {
		type ipv6_addr
		flags interval
		elements = { fd42:42:0:1::/64,
			     fd42:42:0:2::1 }
	}

	set hop4 {
		type ipv4_addr
		flags interval
		elements = { 172.31.0.21, 172.31.0.22 }
	}

	set hop6 {
		type ipv6_addr
		flags interval
	}

	chain transit {
		type filter hook prerouting priority raw; policy accept;
		ip saddr @known4 ip daddr != 10.42.1.0/24 counter notrack comment "transit is stateless"
	}

	chain forward {
		type filter hook forward priority filter; policy accept;
		iifname "$NIC" oifname "$NIC" ip6 saddr @known6 counter drop comment "no bounce"
		iifname "damask-f*" oifname "damask-f*" ip daddr @known4 counter drop comment "no bounce"
		tcp flags syn / syn,rst ip6 daddr @known6 counter tcp option maxseg size set rt mtu comment "into the network"
	}

	chain leak {
		type filter hook postrouting priority 200; policy accept;
		ip daddr @known4 oifname != "damask*" rt ip nexthop != @hop4 counter drop comment "leak"
		rt ip6 nexthop != @hop6 counter drop comment "leak"
	}

	chain nat {
		type nat hook postrouting priority srcnat - 1; policy accept;
		ip6 daddr @known6 meta mark & 0x00004000 == 0x00004000 counter snat ip6 to fd42:42:0:1::1 comment "into the network"
		ip daddr != @known4 oifname != "dmk*" fib daddr type != local counter masquerade random,fully-random comment "out of the network"
	}
}`)
})

test('a priority has its name only in the hook that knows the name', () => {
  const priorityOf = (hook: 'prerouting' | 'postrouting', priority: number) => {
    const chains = [{ name: 'c', type: 'filter', hook, priority, rules: [] }] as const
    const text = formatFilterTable({ kind: 'filter-table', name: 't', sets: [], chains, because: [] })
    return /priority (.*?);/.exec(text)?.[1]
  }
  expect(priorityOf('prerouting', -100)).toBe('dstnat')
  expect(priorityOf('postrouting', -100)).toBe('-100')
  expect(priorityOf('postrouting', 105)).toBe('srcnat + 5')
  expect(priorityOf('prerouting', 100)).toBe('100')
  expect(priorityOf('prerouting', -290)).toBe('raw + 10')
})
