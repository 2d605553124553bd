import { expect, test } from 'vitest'
import type { KubernetesApi, KubernetesObject } from '../../store/index.ts'
import { agentDaemonSet } from './agent-daemon-set.ts'
import { recordObject } from './install-record.ts'
import { defaultSettings, type InstallSettings } from './install-settings.ts'
import { installedSettings, settingsOfAgents } from './installed-settings.ts'

const CHOSEN: InstallSettings = {
  ...defaultSettings('0.3.0'),
  image: 'registry.example.com:5000/damask:0.2.9',
  imagePullPolicy: 'Always',
  pullSecrets: ['one', 'two'],
  apiServer: 'https://[2001:db8::10]:6443',
  metricsPort: 9000,
  cniFolders: { programs: '/opt/bin', configuration: '/etc/net.d' },
}

const apiWith = (...objects: readonly KubernetesObject[]): KubernetesApi =>
  ({
    get: async (_: object, name: string) => objects.find(({ metadata }) => metadata.name === name),
  }) as unknown as KubernetesApi

test.each([
  ['that were chosen', CHOSEN],
  ['that nobody chose', defaultSettings('0.3.0')],
  ['whose metrics are open', { ...CHOSEN, hasOpenMetrics: true }],
])('agents tell the settings %s', (_, settings) => {
  const { hasOpenMetrics: __, ...told } = settings
  expect(settingsOfAgents(agentDaemonSet(settings), '0.3.0')).toMatchObject(told)
})

test('what was written down goes before what agents tell, and without both there are the defaults', async () => {
  const agents = agentDaemonSet({ ...CHOSEN, image: 'patched:1' })
  const record = recordObject({ version: '0.3.0', settings: CHOSEN })
  expect(await installedSettings(apiWith(record, agents), '0.4.0')).toEqual({ settings: CHOSEN, source: 'record' })
  expect(await installedSettings(apiWith(agents), '0.4.0')).toMatchObject({
    settings: { image: 'patched:1', pullSecrets: ['one', 'two'], cniFolders: CHOSEN.cniFolders },
    source: 'agents',
  })
  expect(await installedSettings(apiWith(), '0.4.0')).toEqual({
    settings: defaultSettings('0.4.0'),
    source: 'nothing',
  })
})
