import { expect, test } from 'vitest'
import type { Collection, KubernetesApi, KubernetesObject } from '../../store/index.ts'
import { checkPod } from './check-pod.ts'
import { copyPullSecrets } from './pull-secrets.ts'

const SECRET = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'registry', namespace: 'damask-system', uid: 'a', resourceVersion: '7', annotations: { by: 'me' } },
  type: 'kubernetes.io/dockerconfigjson',
  data: { '.dockerconfigjson': 'e30=' },
}

async function copied(names: readonly string[], get: () => Promise<KubernetesObject | undefined>) {
  const made: (readonly [Collection, KubernetesObject])[] = []
  const told: string[] = []
  const api = {
    get,
    create: async (collection: Collection, object: KubernetesObject) => void made.push([collection, object]),
  } as unknown as KubernetesApi
  const clock = { now: () => 0, after: () => () => {} }
  await copyPullSecrets(
    { api, clock, signal: new AbortController().signal, tell: (line) => void told.push(line) },
    names,
  )
  return { made, told }
}

test('a Secret of the installation is copied, with its type and its data and nothing else', async () => {
  const { made, told } = await copied(['registry', 'registry'], async () => SECRET)
  expect(told).toEqual([])
  expect(made).toEqual([
    [
      { group: '', version: 'v1', plural: 'secrets', namespace: 'damask-check' },
      {
        ...SECRET,
        metadata: {
          name: 'registry',
          namespace: 'damask-check',
          labels: { 'app.kubernetes.io/part-of': 'damask' },
        },
      },
    ],
  ])
})

test('one that is not there is told, and not waited for', async () => {
  const { made, told } = await copied(['registry'], async () => undefined)
  expect(made).toEqual([])
  expect(told).toEqual([
    'there is no Secret damask-system/registry to pull the image by; make it: kubectl -n damask-system create secret docker-registry registry …',
  ])
})

test('so is one that may not be read', async () => {
  const refusal = Object.assign(new Error('secrets "registry" is forbidden'), { status: 403, reason: 'Forbidden' })
  const { told } = await copied(['registry'], () => Promise.reject(refusal))
  expect(told).toEqual([
    'the image is pulled without the Secret damask-system/registry: secrets "registry" is forbidden',
  ])
})

test('pods of a check name them', () => {
  const pod = (pullSecrets: readonly string[]) =>
    checkPod({
      ...{ purpose: 'damask-check-look', node: 'a', index: 0, words: [] },
      image: { image: 'r.example/damask:1', imagePullPolicy: 'Always', pullSecrets },
    }).spec
  expect(pod(['one', 'two'])).toMatchObject({
    imagePullSecrets: [{ name: 'one' }, { name: 'two' }],
    containers: [{ image: 'r.example/damask:1', imagePullPolicy: 'Always' }],
  })
  expect(pod([])).not.toHaveProperty('imagePullSecrets')
  expect(JSON.stringify(pod(['one']))).not.toContain('pullSecrets')
})
