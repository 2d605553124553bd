import { describe, expect, it } from 'vitest'
import { parseAddress } from '../model/index.ts'
import { filesFirst, hostsText } from './node-hosts.ts'

const names = [{ name: 'n1.example.net', addresses: ['203.0.113.7', '2001:db8::7'].map(parseAddress) }]

describe("a node's hosts file", () => {
  it('holds what the machine says of itself, and the names of the lab', () => {
    const machine = '# comment\n127.0.0.1 localhost\n10.1.2.3 elsewhere\n::1 localhost ip6-localhost\n'
    expect(hostsText(machine, names)).toBe(
      '127.0.0.1 localhost\n::1 localhost ip6-localhost\n203.0.113.7 n1.example.net. n1.example.net\n2001:db8::7 n1.example.net. n1.example.net\n',
    )
  })

  it('knows localhost where the machine does not say it', () => {
    expect(hostsText('', [])).toBe('127.0.0.1 localhost\n::1 localhost\n')
  })
})

describe("a node's order of sources", () => {
  it('asks files first, whatever the machine asks first', () => {
    expect(filesFirst('passwd: files\nhosts: resolve [!UNAVAIL=return] files dns\nrpc: db\n')).toBe(
      'passwd: files\nhosts: files dns\nrpc: db\n',
    )
    expect(filesFirst('passwd: files\n')).toContain('\nhosts: files dns\n')
  })
})
