import { expect, test } from 'vitest'
import { parseAddress } from '../model/index.ts'
import { addResult, versionResult } from './cni-result.ts'

const pod = {
  link: 'dmk0123456789a',
  hostHardwareAddress: '02:00:00:00:00:01',
  interfaceName: 'eth0',
  hardwareAddress: '02:00:00:00:00:02',
  mtuBytes: 1420,
  namespacePath: '/run/netns/pod',
  addresses: [
    { address: parseAddress('10.244.11.5'), gateway: parseAddress('10.244.11.1') },
    { address: parseAddress('fd44:11::5'), gateway: parseAddress('fe80::1') },
  ],
  dns: undefined,
}

test('names both ends, and gives each address to the pod', () => {
  expect(addResult('1.0.0', pod)).toEqual({
    cniVersion: '1.0.0',
    interfaces: [
      { name: 'dmk0123456789a', mac: '02:00:00:00:00:01' },
      { name: 'eth0', mac: '02:00:00:00:00:02', sandbox: '/run/netns/pod' },
    ],
    ips: [
      { address: '10.244.11.5/32', gateway: '10.244.11.1', interface: 1 },
      { address: 'fd44:11::5/128', gateway: 'fe80::1', interface: 1 },
    ],
    routes: [
      { dst: '0.0.0.0/0', gw: '10.244.11.1' },
      { dst: '::/0', gw: 'fe80::1' },
    ],
    dns: {},
  })
})

test.each(['0.3.1', '0.4.0'] as const)('says the family of each address in %s', (version) => {
  expect(addResult(version, pod)).toMatchObject({ cniVersion: version, ips: [{ version: '4' }, { version: '6' }] })
})

test('says the MTU in 1.1.0, which is the first that knows it', () => {
  expect(addResult('1.1.0', pod)).toMatchObject({ interfaces: [{ mtu: 1420 }, { mtu: 1420 }] })
})

test('repeats the dns of the configuration', () => {
  expect(addResult('1.0.0', { ...pod, dns: { nameservers: ['10.96.0.10'] } })).toMatchObject({
    dns: { nameservers: ['10.96.0.10'] },
  })
})

test('answers VERSION in the version that was asked', () => {
  const supportedVersions = ['0.3.1', '0.4.0', '1.0.0', '1.1.0']
  expect(versionResult('1.1.0')).toEqual({ cniVersion: '1.1.0', supportedVersions })
  expect(versionResult('9.9.9')).toEqual({ cniVersion: '1.0.0', supportedVersions })
})
