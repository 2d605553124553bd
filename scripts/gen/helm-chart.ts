// The Helm chart, of the very objects that `damask install` makes: made with marks in place of what may be chosen, which are then written
// as Helm's words. The test that renders it compares with `damask install --dry-run`.
import { stringify } from 'yaml'
import { customResources } from '../../src/cli/install/custom-resources.ts'
import { RECORD } from '../../src/cli/install/install-record.ts'
import { defaultSettings, type InstallSettings } from '../../src/cli/install/install-settings.ts'
import { manifests } from '../../src/cli/install/manifests.ts'
import { networkObject } from '../../src/cli/install/network-object.ts'
import { printedObject } from '../../src/cli/install/print-objects.ts'
import type { KubernetesObject } from '../../src/store/index.ts'

const MARK = 'MARK-OF-'
const mark = (value: string): string => `${MARK}${value}`

const MARKED: InstallSettings = {
  image: mark('image'),
  imagePullPolicy: mark('imagePullPolicy') as InstallSettings['imagePullPolicy'],
  pullSecrets: [mark('pullSecrets')],
  apiServer: mark('apiServer'),
  wireguardGo: 'auto',
  hasAdmissionPolicy: true,
  // A number, in places where a text would be something else.
  metricsPort: mark('metricsPort') as unknown as number,
  hasOpenMetrics: false,
  cniFolders: { programs: mark('cniFolders.programs'), configuration: mark('cniFolders.configuration') },
}

/** Objects that are there only if. */
const CONDITIONS: Readonly<Record<string, string>> = {
  'DaemonSet damask-wireguard-go': 'ne .Values.wireguardGo "never"',
  'ValidatingAdmissionPolicy damask-agent': '.Values.hasAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding damask-agent': '.Values.hasAdmissionPolicy',
  'Network default': '.Values.network',
}

/** By path in the chart. `version`: of package.json. */
export function helmChart(version: string): ReadonlyMap<string, string> {
  const objects = manifests({ version, settings: MARKED, network: networkObject({}) })
  // Helm has values of its own, and makes kinds of a folder of their own before all else.
  const templates = objects.filter(
    ({ kind, metadata }) => kind !== 'CustomResourceDefinition' && metadata.name !== RECORD,
  )
  return new Map([
    ['Chart.yaml', chart(version)],
    ['values.yaml', values(version)],
    ...customResources.map((object): [string, string] => [
      `crds/${object.metadata.name.split('.')[0]}.yaml`,
      `${GENERATED}${printedObject(object)}\n`,
    ]),
    ...templates.map((object): [string, string] => [`templates/${fileOf(object)}`, template(object)]),
  ])
}

const GENERATED = '# Made by `npm run gen`. Changes are lost.\n'

const fileOf = ({ kind = '', metadata }: KubernetesObject): string =>
  `${metadata.name}-${kind.replace(/(?<=[a-z])(?=[A-Z])/g, '-')}.yaml`.toLowerCase()

function template(object: KubernetesObject): string {
  const text = object.kind === 'Network' ? networkTemplate(object) : printedObject(object)
  const condition = CONDITIONS[`${object.kind} ${object.metadata.name}`]
  const body = withValues(text)
  return `${GENERATED}${condition === undefined ? body : `{{- if ${condition} }}\n${body}\n{{- end }}`}\n`
}

const networkTemplate = ({ spec: _, ...object }: KubernetesObject): string =>
  `${printedObject(object)}\nspec:\n  {{- toYaml .Values.network | nindent 2 }}`

function withValues(text: string): string {
  const lines = text
    .replace(/^( *)imagePullSecrets:\n.*$/gm, (_, indent) => listOfNames(indent, 'imagePullSecrets', 'pullSecrets'))
    .replace('=127.0.0.1:', '={{ ternary "$(HOST_IP)" "127.0.0.1" .Values.hasOpenMetrics }}:')
    .replace(/^ *host: 127\.0\.0\.1\n/m, '{{- if not .Values.hasOpenMetrics }}\n$&{{- end }}\n')
    .replaceAll(mark('metricsPort'), '{{ .Values.metricsPort }}')
    .split('\n')
  return lines
    .map((line) => {
      const [, indent = '', option = ''] = /^( *)- (--[a-z-]+)=MARK-OF-apiServer$/.exec(line) ?? []
      if (option !== '')
        return `${indent}{{- with .Values.apiServer }}\n${indent}- ${option}={{ . }}\n${indent}{{- end }}`
      return line.replace(/MARK-OF-([A-Za-z.]+)/, (_, value) => `{{ .Values.${value} | quote }}`)
    })
    .join('\n')
}

const listOfNames = (indent: string, field: string, value: string): string =>
  [
    `{{- with .Values.${value} }}`,
    `${field}:`,
    '  {{- range . }}',
    '  - name: {{ . | quote }}',
    '  {{- end }}',
    '{{- end }}',
  ]
    .map((line) => `${indent}${line}`)
    .join('\n')

const chart = (version: string): string =>
  `${GENERATED}${stringify({
    apiVersion: 'v2',
    name: 'damask',
    description: 'One encrypted container network over machines and clusters that share no network',
    type: 'application',
    version,
    appVersion: version,
    kubeVersion: '>=1.30.0-0',
  })}`

const values = (version: string): string => {
  const { image, imagePullPolicy, wireguardGo, metricsPort, hasOpenMetrics, cniFolders } = defaultSettings(version)
  return `${GENERATED}# All objects stand in the namespace damask-system, whatever namespace the release is of.
# Take it away by \`damask uninstall\`, and the release after that: \`helm uninstall\` cleans no node.

image: ${image}
# IfNotPresent takes an image that was imported from a file.
imagePullPolicy: ${imagePullPolicy}
# Names of Secrets in damask-system.
pullSecrets: []

# How nodes reach the API server before there is a network, as https://203.0.113.10:6443. Empty: by its service, for which kube-proxy must
# run on every node.
apiServer: ""

# auto: a DaemonSet that starts wireguard-go where, and only where, the kernel has no WireGuard. never: none.
wireguardGo: ${wireguardGo}

# False for clusters older than 1.30, which are not supported: an agent could write the status of other nodes.
hasAdmissionPolicy: true

# Of agents' metrics, and of what their kubelets ask. Others than the machine itself read it, at its InternalIP, if hasOpenMetrics.
metricsPort: ${metricsPort}
hasOpenMetrics: ${hasOpenMetrics}

# Where the container runtime of the nodes looks for plugins, and for their configuration.
cniFolders:
  programs: ${cniFolders.programs}
  configuration: ${cniFolders.configuration}

# The spec of the Network, as docs/networks.md has it: podPrefixes and servicePrefixes as the cluster has them. Empty: you make the Network.
network: {}
#  podPrefixes: [10.42.0.0/16]
#  servicePrefixes: [10.43.0.0/16]
#  sites: { by: label, label: topology.kubernetes.io/region }
`
}
