import { expect, test } from 'vitest'
import { podOf } from './cluster-pod.ts'

const metadata = { name: 'it', labels: { 'app.kubernetes.io/name': 'damask-agent' } }
const spec = { nodeName: 'aws-1', containers: [{ name: 'agent' }] }
const ready = (status: string) => [{ type: 'Ready', status }]

test('a pod that runs', () => {
  expect(podOf({ metadata, spec, status: { phase: 'Running', conditions: ready('True') } })).toEqual({
    name: 'it',
    workload: 'damask-agent',
    node: 'aws-1',
    isReady: true,
    restarts: 0,
    containers: ['agent'],
  })
})

test('one that is being deleted is not ready any more', () => {
  const leaving = { ...metadata, deletionTimestamp: '2026-11-22T12:30:00Z' }
  expect(podOf({ metadata: leaving, spec, status: { conditions: ready('True') } }).isReady).toBe(false)
})

const CONTAINER = { name: 'agent' }

test.each<[what: string, reason: string | undefined, status: object]>([
  [
    'the last line that it said',
    'it ended with 1: no kernel',
    {
      containerStatuses: [
        { ...CONTAINER, lastState: { terminated: { exitCode: 1, message: 'it began\nno kernel\n' } } },
      ],
    },
  ],
  [
    'what ended it, where it said nothing',
    'it ended with 137: OOMKilled',
    { containerStatuses: [{ ...CONTAINER, state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }] },
  ],
  [
    'what it waits for',
    'ImagePullBackOff: no such image',
    {
      containerStatuses: [
        { ...CONTAINER, state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } },
      ],
    },
  ],
  [
    'why it has no node',
    'no node fits',
    { conditions: [{ type: 'PodScheduled', status: 'False', message: 'no node fits' }] },
  ],
  ['nothing, where nobody says anything', undefined, {}],
])('the reason is %s', (_, reason, status) => {
  expect(podOf({ metadata, spec, status }).reason).toBe(reason)
})

test('restarts and the time of the last end are those of all its containers', () => {
  const at = '2026-11-22T12:30:00Z'
  const containerStatuses = [
    { name: 'a', restartCount: 2, lastState: { terminated: { exitCode: 0, finishedAt: '2026-11-22T12:00:00Z' } } },
    { name: 'b', restartCount: 1, lastState: { terminated: { exitCode: 0, finishedAt: at } } },
  ]
  expect(podOf({ metadata, spec, status: { containerStatuses } })).toMatchObject({
    restarts: 3,
    endedAt: Date.parse(at),
  })
})
