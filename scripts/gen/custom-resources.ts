// The CustomResourceDefinitions, made of the schemas by which files are read.
import * as z from 'zod'
import { API_VERSION } from '../../src/model/index.ts'
import { fields, text, wholeNumber } from '../../src/model/resources/field-schemas.ts'
import { networkSchema } from '../../src/model/resources/network.schema.ts'
import { nodeSchema } from '../../src/model/resources/node.schema.ts'
import { nodeStatusSchema } from '../../src/model/resources/node-status.schema.ts'
import { siteSchema } from '../../src/model/resources/site.schema.ts'
import { fieldDescriptions } from './field-descriptions.ts'
import { type StructuralSchema, structuralSchema } from './structural-schema.ts'
import type { Rule } from './text-formats.ts'

type Column = {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly description: string
  readonly jsonPath: string
}

type CustomResource = {
  readonly kind: string
  readonly plural: string
  readonly description: string
  /** `spec`, `granted`, `status`. */
  readonly body: Readonly<Record<string, StructuralSchema>>
  readonly required?: readonly string[]
  readonly rules: readonly Rule[]
  readonly columns: readonly Column[]
}

const [GROUP = '', VERSION = ''] = API_VERSION.split('/')

/** What docs/networks.md has no row for: the fields that hold others. */
const BRANCHES = {
  spec: 'What whoever runs the network wants.',
  'spec.podPrefixLengths': 'Of what each node is granted, where the cluster gives its nodes no pod prefixes.',
  'spec.sites': 'Which nodes are one site. Left out: by field.',
  'spec.fabric': "How pods' packets travel inside a site.",
  'spec.tunnel': 'How they travel between sites.',
  'spec.endpoint': 'Where other sites reach it. Left out: it is behind NAT.',
  granted: 'What the controller granted it, and nobody else may.',
  status: 'What its agent says of it.',
  'status.conditions': 'What is wrong or worth knowing.',
  'status.conditions[]': 'One thing.',
} as const

const REPORT = {
  'status.report': 'For people: no plan is made of it.',
  'status.report.site': 'The site that it is in.',
  'status.report.role': 'Whether it speaks for its site.',
  'status.report.slot': 'Its slot among the gateways of its site.',
  'status.report.endpoint': 'Where others reach it. Left out: it is behind NAT.',
  'status.report.ready': 'True: all that its plan says stands in its kernel.',
  'status.report.reason': 'Why it is not ready.',
  'status.report.lastHandshakeTime': 'The latest with any peer.',
  'status.report.pods': 'How many it has.',
  'status.report.version': 'Of its agent.',
} as const

const reportSchema = fields({
  site: text.exactOptional(),
  role: z.enum(['gateway', 'member']).exactOptional(),
  slot: wholeNumber(1, 16).exactOptional(),
  endpoint: text.exactOptional(),
  ready: z.enum(['True', 'False']),
  reason: text.exactOptional(),
  lastHandshakeTime: text.exactOptional(),
  pods: wholeNumber(0, 65535).exactOptional(),
  version: text.exactOptional(),
})

/** What a name may be, and how the schema says it: an API server takes any DNS name, of any kind. */
function nameRule(schema: z.ZodType): Rule {
  const { metadata } = z.toJSONSchema(schema, { io: 'input' }).properties ?? {}
  const { name } = (metadata as z.core.JSONSchema.BaseSchema).properties ?? {}
  const { pattern = '' } = name as z.core.JSONSchema.BaseSchema
  const issues = schema.safeParse({ metadata: { name: '-' } }).error?.issues ?? []
  const expected = issues.find(({ path }) => path.join('.') === 'metadata.name')?.message
  // RE2 looks at nothing twice; how long a name may be the server checks itself.
  const rule = `self.metadata.name.matches('${pattern.replace(/\(\?=[^)]*\)/, '').replaceAll('\\', '\\\\')}')`
  return { rule, message: `metadata.name is not ${expected}` }
}

const column = (name: string, type: Column['type'], jsonPath: string, description: string): Column => ({
  name,
  type,
  description,
  jsonPath,
})
const AGE = column('Age', 'date', '.metadata.creationTimestamp', 'Since it was made.')

function network(): CustomResource {
  return {
    kind: 'Network',
    plural: 'networks',
    description: 'The one network of the cluster, named default: who has which addresses, and how packets travel.',
    body: bodyOf(networkSchema, 'Network', {
      'spec.sites': [
        {
          rule: "self.by == 'label' ? has(self.label) : !has(self.label)",
          message:
            'by: label needs a label, such as label: topology.kubernetes.io/region; by field and by node need none',
        },
      ],
    }),
    required: ['spec'],
    rules: [{ rule: "self.metadata.name == 'default'", message: 'a cluster has one Network, and its name is default' }],
    columns: [
      column('Pods', 'string', '.spec.podPrefixes', 'The ranges of all pods.'),
      column('Sites', 'string', '.spec.sites.by', 'By what nodes fall into sites.'),
      column('Fabric', 'string', '.spec.fabric.kind', "How pods' packets travel inside a site."),
      column('MTU', 'string', '.spec.mtu', "The most that a pod's packet may have."),
      AGE,
    ],
  }
}

function site(): CustomResource {
  return {
    kind: 'Site',
    plural: 'sites',
    description: 'What differs in one site from what the Network says.',
    body: bodyOf(siteSchema, 'Site', {}),
    required: ['spec'],
    rules: [nameRule(siteSchema)],
    columns: [
      column('Fabric', 'string', '.spec.fabric.kind', "How pods' packets travel inside it."),
      column('Gateways', 'integer', '.spec.gatewaysPerSite', 'How many of its nodes hold tunnels.'),
      column('MTU', 'string', '.spec.mtu', 'Bytes.'),
      AGE,
    ],
  }
}

function meshNode(): CustomResource {
  const { spec = {}, granted = {} } = bodyOf(nodeSchema, 'Node', {})
  const { status = {} } = bodyOf(nodeStatusSchema, 'NodeStatus', {})
  const report = structuralSchema(fields({ status: fields({ report: reportSchema }) }), {
    descriptions: new Map(Object.entries({ ...BRANCHES, ...REPORT })),
    rules: {},
    mayBeMissing: new Set(['status', 'status.report']),
  }).properties?.status?.properties?.report as StructuralSchema
  const time = { ...report.properties?.lastHandshakeTime, format: 'date-time' }
  return {
    kind: 'MeshNode',
    plural: 'meshnodes',
    description: "A node of the network. The controller writes all but its status, which is its agent's.",
    body: {
      spec,
      granted,
      status: {
        ...status,
        properties: {
          ...status.properties,
          report: { ...report, properties: { ...report.properties, lastHandshakeTime: time } },
        },
      },
    },
    rules: [nameRule(nodeSchema)],
    columns: [
      column('Site', 'string', '.status.report.site', 'The site that it is in.'),
      column('Gateway', 'integer', '.status.report.slot', 'Its slot among the gateways of its site.'),
      column('Endpoint', 'string', '.status.report.endpoint', 'Where others reach it.'),
      column('Ready', 'string', '.status.report.ready', 'Whether all that its plan says stands.'),
      column('Handshake', 'date', '.status.report.lastHandshakeTime', 'Since the latest with any peer.'),
      column('Pods', 'integer', '.status.report.pods', 'How many it has.'),
      AGE,
    ],
  }
}

function bodyOf(
  schema: z.ZodType,
  kind: string,
  rules: Parameters<typeof structuralSchema>[1]['rules'],
): Readonly<Record<string, StructuralSchema>> {
  const root = kind === 'NodeStatus' ? 'status' : 'spec'
  const rows = [...fieldDescriptions(kind)].map(([field, text]): [string, string] => [
    /^(granted|metadata)\./.test(field) ? field : `${root}.${field}`,
    text,
  ])
  const document = structuralSchema(schema, {
    descriptions: new Map([...Object.entries(BRANCHES), ...rows, ...HEAD]),
    rules,
    mayBeMissing: new Set(kind === 'Node' ? ['spec.privateAddresses'] : []),
  })
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...body } = document.properties ?? {}
  return body
}

/** Kubernetes' own. */
const HEAD = ['apiVersion', 'kind', 'metadata', 'metadata.name', 'metadata.labels'].map((path): [string, string] => [
  path,
  '',
])

export const customResources = () => [network(), site(), meshNode()].map(definitionOf)

function definitionOf({ kind, plural, description, body, required, rules, columns }: CustomResource) {
  const singular = kind.toLowerCase()
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}`, labels: { 'app.kubernetes.io/part-of': 'damask' } },
    spec: {
      group: GROUP,
      scope: 'Cluster',
      names: { kind, listKind: `${kind}List`, plural, singular, categories: ['damask'] },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          additionalPrinterColumns: columns,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: {
              description,
              type: 'object',
              ...(required && { required }),
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                ...body,
                ...('status' in body ? {} : { status: STATUS_OF_NONE }),
              },
              'x-kubernetes-validations': rules,
            },
          },
        },
      ],
    },
  }
}

/** Nobody has one to say yet. */
const STATUS_OF_NONE = { type: 'object', description: 'Nothing yet.' }
