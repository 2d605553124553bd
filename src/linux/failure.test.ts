import { expect, test } from 'vitest'
import { type Entry, link, parseAddress } from '../model/index.ts'
import { refusalFailure } from './failure.ts'

const ipip = link({
  name: 'damask-ipip',
  type: { kind: 'ipip', local: parseAddress('172.31.0.11'), mark: 0x1000 },
  mtuBytes: 1480,
  because: [],
})
const refused = (entry: Entry, errno: number, code: string, text?: string): string =>
  refusalFailure({ op: 'create', entry }, { errno, code, ...(text && { text }) }).message

test('where the kernel has no IPIP, it is said what to do', () => {
  expect(refused(ipip, 95, 'EOPNOTSUPP', 'Unknown device type')).toBe(
    'cannot create ipip link damask-ipip: EOPNOTSUPP - Unknown device type; this kernel has no IPIP; load the module ipip, or take fabric vxlan',
  )
})

test('where another device takes the packets of an ipip link, it is said how to find it', () => {
  expect(refused(ipip, 17, 'EEXIST')).toBe(
    'cannot create ipip link damask-ipip: EEXIST; another IPIP device has the same local address; see `ip -d link show type ipip` and remove it',
  )
})
