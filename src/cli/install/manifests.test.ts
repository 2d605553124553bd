// What is installed in a cluster, looked at as an auditor would.
import { describe, expect, test } from 'vitest'
import type { KubernetesObject } from '../../store/index.ts'
import { cleanupDaemonSet } from './cleanup-daemon-set.ts'
import { defaultSettings, type InstallSettings } from './install-settings.ts'
import { collectionOf, titleOf } from './kinds.ts'
import { manifests } from './manifests.ts'
import { networkObject } from './network-object.ts'
import { printedObjects } from './print-objects.ts'

const DEFAULTS = defaultSettings('1.2.3')
const network = networkObject({ podPrefixes: ['10.42.0.0/16'] })
const made = (settings: Partial<InstallSettings> = {}) =>
  manifests({ version: '1.2.3', settings: { ...DEFAULTS, ...settings }, network })
const titles = (settings: Partial<InstallSettings> = {}) => made(settings).map(titleOf)

type Container = {
  readonly name: string
  readonly image: string
  readonly imagePullPolicy: string
  readonly args: readonly string[]
  readonly securityContext: {
    readonly privileged: boolean
    readonly capabilities: { readonly add?: readonly string[]; readonly drop: readonly string[] }
  }
  readonly resources: { readonly requests?: object }
}
type PodSpec = {
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly hostNetwork: boolean
  readonly dnsPolicy: string
  readonly tolerations: readonly object[]
  readonly priorityClassName: string
  readonly imagePullSecrets?: readonly object[]
  readonly volumes?: readonly { readonly hostPath?: { readonly path: string } }[]
}

const templateOf = ({ spec }: KubernetesObject) =>
  (spec as { readonly template: { readonly metadata: { readonly annotations?: object }; readonly spec: PodSpec } })
    .template
const workloadsOf = (settings: Partial<InstallSettings> = {}) =>
  [...made(settings), cleanupDaemonSet({ ...DEFAULTS, ...settings })].filter(
    ({ spec }) => spec && 'template' in (spec as object),
  )
const containersOf = ({ containers, initContainers = [] }: PodSpec) => [...initContainers, ...containers]
const agentOf = (settings: Partial<InstallSettings> = {}) => {
  const agent = made(settings).find((object) => titleOf(object) === 'DaemonSet damask-agent')
  if (agent === undefined) throw new Error('there is no agent')
  return templateOf(agent).spec
}

describe('every pod', () => {
  test.each(workloadsOf().map((object) => [titleOf(object), templateOf(object).spec] as const))(
    'of %s starts where there is no network yet, with no more rights than are named',
    (_, spec) => {
      expect(spec).toMatchObject({ hostNetwork: true, dnsPolicy: 'Default' })
      expect(spec.tolerations).toContainEqual({ operator: 'Exists' })
      expect(spec.priorityClassName).toMatch(/^system-(node|cluster)-critical$/)
      for (const { securityContext, resources } of containersOf(spec)) {
        expect(securityContext).toMatchObject({
          privileged: false,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          seccompProfile: { type: 'RuntimeDefault' },
          capabilities: { drop: ['ALL'] },
        })
        expect(Object.keys(resources.requests ?? {})).toEqual(['cpu', 'memory'])
      }
    },
  )

  test('that has capabilities says why', () => {
    for (const object of workloadsOf()) {
      const { metadata, spec } = templateOf(object)
      for (const name of containersOf(spec).flatMap(({ securityContext }) => securityContext.capabilities.add ?? []))
        if (titleOf(object) !== 'DaemonSet damask-cleanup')
          expect(JSON.stringify(metadata.annotations)).toContain(`${name}: `)
    }
  })
})

describe('roles', () => {
  const rulesOf = (title: string) =>
    (made().find((object) => titleOf(object) === title)?.rules ?? []) as readonly {
      readonly resources: readonly string[]
      readonly verbs: readonly string[]
    }[]

  test('an agent reads our kinds and writes the status of MeshNodes, and nothing else', () => {
    expect(rulesOf('ClusterRole damask-agent')).toEqual([
      { apiGroups: ['damask.dev'], resources: ['networks', 'sites', 'meshnodes'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['damask.dev'], resources: ['meshnodes/status'], verbs: ['update', 'patch'] },
    ])
  })

  test('nobody reads Secrets, and the controller changes no Node', () => {
    const rules = made().flatMap(({ rules: some = [] }) => some as ReturnType<typeof rulesOf>)
    expect(rules.flatMap(({ resources }) => resources)).not.toContain('secrets')
    expect(rules.filter(({ resources }) => resources.includes('nodes')).flatMap(({ verbs }) => verbs)).toEqual([
      'get',
      'list',
      'watch',
    ])
    expect(rules.flatMap(({ verbs, resources }) => [...verbs, ...resources])).not.toContain('*')
  })

  test('agents are bound to their policy before they have tokens', () => {
    const order = titles()
    expect(order.indexOf('ValidatingAdmissionPolicyBinding damask-agent')).toBeLessThan(
      order.indexOf('ClusterRoleBinding damask-agent'),
    )
  })
})

describe('options', () => {
  test('image, pull policy and pull secrets are those of every pod', () => {
    const chosen = { image: 'r.example/d:1', imagePullPolicy: 'Never', pullSecrets: ['a', 'b'] } as const
    for (const object of workloadsOf(chosen)) {
      const { spec } = templateOf(object)
      expect(spec.imagePullSecrets).toEqual([{ name: 'a' }, { name: 'b' }])
      for (const container of containersOf(spec))
        expect(container).toMatchObject({ image: 'r.example/d:1', imagePullPolicy: 'Never' })
    }
  })

  test('the address of the API server goes to agents and controllers', () => {
    const given = made({ apiServer: 'https://203.0.113.10:6443' })
    for (const title of ['DaemonSet damask-agent', 'Deployment damask-controller'])
      expect(JSON.stringify(given.find((object) => titleOf(object) === title))).toContain(
        '"--api-server=https://203.0.113.10:6443"',
      )
    expect(JSON.stringify(made())).not.toContain('--api-server')
  })

  test('the folders of the container runtime are those of the nodes, and stay where they are in the pod', () => {
    const spec = agentOf({ cniFolders: { programs: '/a/bin', configuration: '/b/net.d' } })
    expect(spec.volumes?.map(({ hostPath }) => hostPath?.path)).toEqual(expect.arrayContaining(['/a/bin', '/b/net.d']))
    expect(JSON.stringify(spec.containers)).not.toContain('/a/bin')
  })

  test('without wireguard-go there is no keeper, and before 1.30 no policy', () => {
    expect(titles()).toContain('DaemonSet damask-wireguard-go')
    expect(titles({ wireguardGo: 'never' })).not.toContain('DaemonSet damask-wireguard-go')
    expect(titles({ hasAdmissionPolicy: false }).join()).not.toContain('ValidatingAdmissionPolicy')
  })

  test('a Network that no agent would take is refused here', () => {
    expect(() => networkObject({ podPrefixes: ['10.42.0.1/16'] })).toThrow(/10\.42\.0\.1\/16 has host bits set/)
  })
})

test('every object has a place in the API', () => {
  for (const object of made()) expect(collectionOf(object).plural).toMatch(/^[a-z]+s$/)
})

test('the same is printed twice as the same bytes, with nothing that kubectl would not read', () => {
  const text = printedObjects(made(), 'yaml')
  expect(printedObjects(made(), 'yaml')).toBe(text)
  expect(text).not.toMatch(/^\s*\S+: [&*]a\d/m)
})
