import { expect, test } from 'vitest'
import { formatAddress } from '../model/index.ts'
import { parseCniRequest } from './cni-request.ts'

const ADD = {
  CNI_COMMAND: 'ADD',
  CNI_CONTAINERID: 'c0ffee',
  CNI_NETNS: '/run/netns/pod',
  CNI_IFNAME: 'eth0',
  CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0',
}
const CONFIGURATION = { cniVersion: '1.0.0', name: 'damask', type: 'damask' }

const bytesOf = (environment: object, configuration: string): Uint8Array =>
  Buffer.from(
    `${Object.entries(environment)
      .map(([name, value]) => `${name}=${value}\0`)
      .join('')}\0${configuration}`,
  )
const parse = (environment: object, configuration: object = CONFIGURATION) =>
  parseCniRequest(bytesOf(environment, JSON.stringify(configuration)))
const refusal = (fn: () => unknown): { code?: number; message?: string } => {
  try {
    fn()
  } catch (error) {
    return error as { code: number; message: string }
  }
  return {}
}

test('reads an ADD as Kubernetes sends it', () => {
  expect(parse(ADD, { ...CONFIGURATION, dns: { nameservers: ['10.96.0.10'] } })).toEqual({
    kind: 'add',
    cniVersion: '1.0.0',
    networkName: 'damask',
    containerId: 'c0ffee',
    interfaceName: 'eth0',
    namespacePath: '/run/netns/pod',
    podName: 'default/web-0',
    wishes: { addresses: [] },
    dns: { nameservers: ['10.96.0.10'] },
  })
})

test.each(['', 'IgnoreUnknown=1', 'K8S_POD_NAME=web-0', 'K8S_POD_NAME=web-0;'])(
  'has no pod name where CNI_ARGS is "%s"',
  (args) => {
    expect(parse({ ...ADD, CNI_ARGS: args })).not.toHaveProperty('podName')
  },
)

test('reads a DEL whose namespace is gone and whose configuration we would not add by', () => {
  const { CNI_NETNS: _, ...environment } = ADD
  const request = parse(
    { ...environment, CNI_COMMAND: 'DEL' },
    { ...CONFIGURATION, ipam: { type: 'x' }, prevResult: { ips: [] } },
  )
  expect(request).toEqual({ kind: 'del', cniVersion: '1.0.0', containerId: 'c0ffee', interfaceName: 'eth0' })
})

test('reads VERSION, also without a configuration', () => {
  expect(parse({ CNI_COMMAND: 'VERSION' }, { cniVersion: '1.1.0' })).toEqual({ kind: 'version', cniVersion: '1.1.0' })
  expect(parseCniRequest(bytesOf({ CNI_COMMAND: 'VERSION' }, ''))).toEqual({ kind: 'version', cniVersion: undefined })
})

test.each(['0.3.1', '0.4.0', '1.0.0', '1.1.0'])('takes version %s', (cniVersion) => {
  expect(parse(ADD, { ...CONFIGURATION, cniVersion })).toMatchObject({ cniVersion })
})

test.each(['0.2.0', '2.0.0', undefined, 1])('refuses version %s with code 1, and says which it knows', (cniVersion) => {
  const { code, message } = refusal(() => parse(ADD, { ...CONFIGURATION, cniVersion }))
  expect(code).toBe(1)
  expect(message).toContain('damask answers 0.3.1, 0.4.0, 1.0.0, 1.1.0')
})

test.each([
  ['CNI_COMMAND', { CNI_COMMAND: 'UPDATE' }],
  ['CNI_ARGS', { CNI_ARGS: 'nonsense' }],
  ['CNI_COMMAND', { CNI_COMMAND: undefined }],
  ['CNI_COMMAND', { CNI_COMMAND: 'add' }],
  ['CNI_CONTAINERID', { CNI_CONTAINERID: '' }],
  ['CNI_CONTAINERID', { CNI_CONTAINERID: '../x' }],
  ['CNI_NETNS', { CNI_NETNS: '' }],
  ['CNI_NETNS', { CNI_NETNS: 'pod' }],
  ['CNI_IFNAME', { CNI_IFNAME: '' }],
  ['CNI_IFNAME', { CNI_IFNAME: 'lo' }],
  ['CNI_IFNAME', { CNI_IFNAME: '..' }],
  ['CNI_IFNAME', { CNI_IFNAME: 'a/b' }],
  ['CNI_IFNAME', { CNI_IFNAME: 'sixteen-letters-' }],
])('refuses a wrong %s with code 4, by name: %o', (name, wrong) => {
  const { code, message } = refusal(() => parse({ ...ADD, ...wrong }))
  expect(code).toBe(4)
  expect(message).toContain(name)
})

test.each([
  ['ipam', { ipam: { type: 'host-local' } }],
  ['runtimeConfig.ipRanges', { runtimeConfig: { ipRanges: [[{ subnet: '10.0.0.0/24' }]] } }],
])('refuses %s with code 2, since to ignore it would be a lie', (name, field) => {
  const { code, message } = refusal(() => parse(ADD, { ...CONFIGURATION, ...field }))
  expect(code).toBe(2)
  expect(message).toContain(`damask does not support ${name}: `)
})

test('passes over an empty ipam and what other plugins of the list are told', () => {
  const fields = { ipam: {}, runtimeConfig: { portMappings: [{ hostPort: 80, containerPort: 80 }] }, 'cni.dev/x': 1 }
  expect(parse(ADD, { ...CONFIGURATION, ...fields })).toMatchObject({ kind: 'add' })
})

test.each(['', '{', '[]', 'null', '"x"'])('refuses the configuration %s with code 6', (configuration) => {
  expect(refusal(() => parseCniRequest(bytesOf(ADD, configuration))).code).toBe(6)
})

test('refuses a request that ends inside its environment with code 6', () => {
  expect(refusal(() => parseCniRequest(Buffer.from('CNI_COMMAND=ADD'))).code).toBe(6)
})

test('reads the addresses and the hardware address that are asked for, wherever a runtime says them', () => {
  const wishes = (environment: object, fields: object) => {
    const request = parse({ ...ADD, ...environment }, { ...CONFIGURATION, ...fields })
    return request.kind === 'add' && { ...request.wishes, addresses: request.wishes.addresses.map(formatAddress) }
  }
  const mac = '02:00:00:00:00:aa'
  expect(wishes({ CNI_ARGS: `IP=10.0.0.7;MAC=${mac}` }, {})).toEqual({ addresses: ['10.0.0.7'], hardwareAddress: mac })
  expect(wishes({ CNI_ARGS: 'IP=10.0.0.7,fd00:0::7' }, {})).toEqual({ addresses: ['10.0.0.7', 'fd00::7'] })
  expect(wishes({}, { runtimeConfig: { ips: ['10.0.0.7/24', 'fd00::7/64'], mac: mac.toUpperCase() } })).toEqual({
    addresses: ['10.0.0.7', 'fd00::7'],
    hardwareAddress: mac,
  })
  expect(wishes({}, { args: { cni: { ips: ['fd00::7'], mac } } })).toEqual({
    addresses: ['fd00::7'],
    hardwareAddress: mac,
  })
  // The same twice is one wish.
  expect(wishes({ CNI_ARGS: 'IP=10.0.0.7' }, { runtimeConfig: { ips: ['10.0.0.7/24'] } })).toEqual({
    addresses: ['10.0.0.7'],
  })
})

test.each([
  ['10.0.0.7 and 10.0.0.8', { runtimeConfig: { ips: ['10.0.0.7', '10.0.0.8'] } }],
  ['runtimeConfig.ips has "10.0.0.300"', { runtimeConfig: { ips: ['10.0.0.300'] } }],
  ['args.cni.ips is "10.0.0.7", which is no list', { args: { cni: { ips: '10.0.0.7' } } }],
  ['runtimeConfig.mac is "01:00:00:00:00:01"', { runtimeConfig: { mac: '01:00:00:00:00:01' } }],
  ['args.cni.mac is "x"', { args: { cni: { mac: 'x' } } }],
  ['has no name', { name: undefined }],
  ['has the name "a/b"', { name: 'a/b' }],
])('refuses a request that asks for nonsense with code 7: %s', (clause, fields) => {
  const { code, message } = refusal(() => parse(ADD, { ...CONFIGURATION, ...fields }))
  expect(code).toBe(7)
  expect(message).toContain(clause)
})

const PREVIOUS = { cniVersion: '1.0.0', interfaces: [{ name: 'eth0' }], ips: [{ address: '10.0.0.7/32' }] }

test('reads the prevResult of ADD and CHECK', () => {
  const previous = { interfaces: [{ name: 'eth0' }], ips: [{ address: '10.0.0.7/32' }], routes: [], dns: undefined }
  expect(parse(ADD, { ...CONFIGURATION, prevResult: PREVIOUS })).toMatchObject({ kind: 'add', previous })
  expect(parse({ ...ADD, CNI_COMMAND: 'CHECK' }, { ...CONFIGURATION, prevResult: PREVIOUS })).toEqual({
    kind: 'check',
    cniVersion: '1.0.0',
    containerId: 'c0ffee',
    interfaceName: 'eth0',
    namespacePath: '/run/netns/pod',
    previous,
  })
})

test.each([
  [[], 'is no object'],
  [{ ...PREVIOUS, cniVersion: '0.4.0' }, 'has cniVersion "0.4.0" in a configuration of "1.0.0"'],
  [{ ...PREVIOUS, ips: ['10.0.0.7'] }, 'has ips that are no list of objects'],
])('refuses the prevResult %j with code 6', (prevResult, clause) => {
  const { code, message } = refusal(() => parse(ADD, { ...CONFIGURATION, prevResult }))
  expect([code, message]).toEqual([6, `prevResult ${clause}`])
})

test('refuses a CHECK without prevResult', () => {
  const { code, message } = refusal(() => parse({ ...ADD, CNI_COMMAND: 'CHECK' }))
  expect([code, message]).toEqual([7, expect.stringContaining('without prevResult')])
})

const VALID = 'cni.dev/valid-attachments'

test('reads a GC, which is about no container', () => {
  const fields = { ...CONFIGURATION, cniVersion: '1.1.0', [VALID]: [{ containerID: 'a', ifname: 'eth0' }] }
  expect(parse({ CNI_COMMAND: 'GC' }, fields)).toEqual({
    kind: 'gc',
    cniVersion: '1.1.0',
    networkName: 'damask',
    valid: [{ containerId: 'a', interfaceName: 'eth0' }],
  })
})

test.each([[undefined], ['all'], [[{ containerID: 'a' }]], [[null]]])(
  'refuses a GC whose list of attachments is %j: it would take every pod away',
  (list) => {
    const fields = { ...CONFIGURATION, cniVersion: '1.1.0', [VALID]: list }
    const { code, message } = refusal(() => parse({ CNI_COMMAND: 'GC' }, fields))
    expect([code, message]).toEqual([7, expect.stringContaining('nothing was removed')])
  },
)

test.each([
  ['CHECK', '0.3.1', '0.4.0'],
  ['GC', '1.0.0', '1.1.0'],
  ['STATUS', '0.4.0', '1.1.0'],
])('refuses %s of version %s, which does not know it', (command, cniVersion, first) => {
  const { code, message } = refusal(() => parse({ ...ADD, CNI_COMMAND: command }, { ...CONFIGURATION, cniVersion }))
  expect([code, message]).toEqual([1, expect.stringContaining(`knows no ${command}; it is there from ${first} on`)])
})

test('reads a STATUS', () => {
  const fields = { ...CONFIGURATION, cniVersion: '1.1.0' }
  expect(parse({ CNI_COMMAND: 'STATUS' }, fields)).toEqual({ kind: 'status', cniVersion: '1.1.0' })
})
