import { expect, test } from 'vitest'
import { redactObject } from './redacted-object.ts'

const metadata = { name: 'it' }

test('environment variables keep their names, and where their values come from', () => {
  const env = [
    { name: 'PROXY', value: 'hunter2' },
    { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
  ]
  const { object, withheld } = redactObject({ kind: 'Pod', metadata, spec: { containers: [{ name: 'it', env }] } })
  expect(object).toMatchObject({
    spec: { containers: [{ env: [{ name: 'PROXY', value: '[withheld: value of a variable]' }, env[1]] }] },
  })
  expect(withheld).toBe(1)
})

test('annotations stay where plans are made of them; of others the name', () => {
  const annotations = {
    'damask.dev/site': 'home',
    'kilo.squat.ai/leader': 'true',
    'kubectl.kubernetes.io/last-applied-configuration': '{"data":"hunter2"}',
    'example.com/anything': 'hunter2',
  }
  expect(redactObject({ metadata: { ...metadata, annotations } }).object).toMatchObject({
    metadata: {
      annotations: {
        'damask.dev/site': 'home',
        'kilo.squat.ai/leader': 'true',
        'kubectl.kubernetes.io/last-applied-configuration': '[withheld: annotation]',
        'example.com/anything': '[withheld: annotation]',
      },
    },
  })
})

test('the data of a Secret is never there, if one comes this way', () => {
  const { object } = redactObject({ kind: 'Secret', metadata, data: { key: 'aHVudGVyMg==' }, stringData: { a: 'b' } })
  expect(object).toMatchObject({
    data: { key: '[withheld: data of a Secret]' },
    stringData: { a: '[withheld: data of a Secret]' },
  })
})

test('fields named like a secret have none, and what only names one stays', () => {
  const spec = {
    token: 'hunter2',
    'client-key-data': 'hunter2',
    nested: { presharedKey: 'hunter2' },
    imagePullSecrets: [{ name: 'registry' }],
    volumes: [{ secret: { secretName: 'tls' }, projected: { serviceAccountToken: { expirationSeconds: 3600 } } }],
    automountServiceAccountToken: false,
    publicKey: 'stays',
  }
  expect(redactObject({ metadata, spec }).object).toMatchObject({
    spec: {
      ...spec,
      token: '[withheld: token]',
      'client-key-data': '[withheld: client-key-data]',
      nested: { presharedKey: '[withheld: presharedKey]' },
    },
  })
})

test('what says nothing about a network is left out', () => {
  const status = { images: [{ names: ['it'] }], nodeInfo: { machineID: 'x', kernelVersion: '6.1.0' } }
  expect(redactObject({ metadata: { ...metadata, managedFields: [] } as never, status }).object).toEqual({
    metadata,
    status: { nodeInfo: { kernelVersion: '6.1.0' } },
  })
})
