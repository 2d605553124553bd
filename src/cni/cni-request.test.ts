import { expect, test } from 'vitest'
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
    containerId: 'c0ffee',
    interfaceName: 'eth0',
    namespacePath: '/run/netns/pod',
    podName: 'default/web-0',
    dns: { nameservers: ['10.96.0.10'] },
  })
})

test.each(['', 'IgnoreUnknown=1', 'nonsense', 'K8S_POD_NAME=web-0'])(
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
  ['CNI_COMMAND', { CNI_COMMAND: 'CHECK' }],
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
  ['prevResult', { prevResult: { cniVersion: '1.0.0', ips: [] } }],
  ['runtimeConfig.ips', { runtimeConfig: { ips: ['10.0.0.7/24'] } }],
  ['runtimeConfig.mac', { runtimeConfig: { mac: '02:00:00:00:00:01' } }],
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
