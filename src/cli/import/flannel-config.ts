// A net-conf.json as flannel reads it, to the spec of a Network; with what flannel would refuse, and what Damask does not have.
import { isMap, parseDocument, YAMLMap } from 'yaml'
import { formatPrefix, hint, IPV6_MINIMUM_MTU, listNames, type Prefix } from '../../model/index.ts'
import { BACKENDS, type BackendSpec, FORMER_BACKENDS } from './flannel-backends.ts'
import { subnetLength } from './flannel-subnets.ts'
import { type Fields, type Remark, readFields } from './folded-fields.ts'

export type FlannelNetwork = {
  /** The name of the backend. */
  readonly backend: string
  readonly spec: BackendSpec & {
    readonly podPrefixes: readonly string[]
    readonly podPrefixLengths?: Readonly<Record<string, number>>
  }
}

const KEYS = [
  ...['EnableIPv4', 'EnableIPv6', 'EnableNFTables', 'Network', 'SubnetLen', 'SubnetMin', 'SubnetMax'],
  ...['IPv6Network', 'IPv6SubnetLen', 'IPv6SubnetMin', 'IPv6SubnetMax', 'Backend'],
]

/** `text` is JSON. No network where one of the remarks is an error. */
export function readFlannelConfig(text: string): {
  readonly network?: FlannelNetwork
  readonly remarks: readonly Remark[]
} {
  const remarks: Remark[] = []
  const { contents } = parseDocument(text, { prettyErrors: false, logLevel: 'error', uniqueKeys: false })
  if (!isMap(contents)) {
    return {
      remarks: [
        {
          offset: contents?.range?.[0] ?? 0,
          severity: 'error',
          message: 'this is no object; expected { "Network": … }',
        },
      ],
    }
  }
  const fields = readFields(contents as YAMLMap, KEYS, '', remarks)
  const ranges = readRanges(fields)
  const { backend, spec } = readBackend(fields, remarks, ranges)
  if (spec === undefined || remarks.some(({ severity }) => severity === 'error')) return { remarks }
  const podPrefixLengths = granted(fields, ranges)
  return {
    remarks,
    network: {
      backend,
      spec: {
        podPrefixes: ranges.map(({ prefix }) => formatPrefix(prefix)),
        ...(podPrefixLengths && { podPrefixLengths }),
        ...spec,
      },
    },
  }
}

type Range = { readonly prefix: Prefix; readonly subnetLength: number | undefined }

function readRanges(fields: Fields): readonly Range[] {
  fields.flag('EnableNFTables') // Damask takes nftables always
  const families = [
    { family: 4, network: 'Network', enable: 'EnableIPv4', isOn: fields.flag('EnableIPv4') ?? true },
    { family: 6, network: 'IPv6Network', enable: 'EnableIPv6', isOn: fields.flag('EnableIPv6') ?? false },
  ] as const
  if (families.every(({ isOn }) => !isOn))
    fields.refuse('EnableIPv4', 'neither IPv4 nor IPv6 is on; flannel wants one of them')
  return families.flatMap(({ family, network, enable, isOn }) => {
    const prefix = fields.prefix(network, family)
    if (isOn && prefix === undefined && !fields.isThere(network))
      fields.refuse(
        enable,
        `IPv${family} is on${fields.isThere(enable) ? '' : ' unless this says false'}, and ${network} is not there; write the range of the pods`,
      )
    // k3s writes ::/0 for the family that is off.
    if (!isOn && prefix !== undefined && prefix.length > 0)
      fields.warn(
        network,
        `flannel does not use it without "${enable}": true, so it is left out; add it to podPrefixes if pods are to have it`,
      )
    if (!isOn || prefix === undefined) return []
    if (prefix.length === 0)
      fields.refuse(network, `${formatPrefix(prefix)} is every address there is; write the range of the pods`)
    return [{ prefix, subnetLength: subnetLength(fields, prefix) }]
  })
}

function readBackend(
  fields: Fields,
  remarks: Remark[],
  ranges: readonly Range[],
): { readonly backend: string; readonly spec: BackendSpec | undefined } {
  const node = fields.node('Backend')
  if (node !== undefined && !isMap(node)) {
    fields.refuse('Backend', 'it is no object; expected { "Type": "vxlan" }')
    return { backend: '', spec: undefined }
  }
  if (node === undefined)
    fields.warn('Backend', 'it is not there; flannel takes udp then, although its documents say vxlan')
  const map = node ?? new YAMLMap()
  const name = node === undefined ? 'udp' : readType(map, remarks)
  if (name === undefined) return { backend: '', spec: undefined }
  const known = BACKENDS[name]
  const options = readFields(map, ['Type', ...(known?.options ?? [])], 'Backend.', known === undefined ? [] : remarks)
  if (known === undefined) {
    remarks.push({
      offset: options.placeOf('Type'),
      severity: 'error',
      message: `Backend.Type: ${unknownBackend(name)}`,
    })
    return { backend: name, spec: undefined }
  }
  if (name === 'ipip' && ranges.some(({ prefix }) => prefix.family === 6))
    options.warn('Type', "neither flannel's ipip nor Damask's carries IPv6; fabric vxlan carries both")
  const spec = known.translate(options)
  if (spec.mtu === undefined || spec.mtu >= IPV6_MINIMUM_MTU || ranges.every(({ prefix }) => prefix.family === 4))
    return { backend: name, spec }
  options.warn('MTU', `it leaves ${spec.mtu} bytes to a pod, and IPv6 needs ${IPV6_MINIMUM_MTU}; left to be found out`)
  const { mtu: _, ...others } = spec
  return { backend: name, spec: others }
}

/** In lower case, as flannel looks it up; undefined, with an error said, where it is no text. */
function readType(map: YAMLMap, remarks: Remark[]): string | undefined {
  const found: Remark[] = []
  const name = readFields(map, ['Type'], 'Backend.', found).text('Type')
  const errors = found.filter(({ severity }) => severity === 'error')
  remarks.push(...errors)
  return errors.length > 0 ? undefined : (name ?? '').toLowerCase()
}

function unknownBackend(name: string): string {
  const all = Object.keys(BACKENDS)
  if (name === '') return `it is not there; flannel knows ${listNames(all)}`
  const former = FORMER_BACKENDS[name]
  return `flannel knows no backend "${name}"${former === undefined ? hint(name, all) : `: ${former}`}`
}

/** Damask's words for how long a node's prefix is, where they are not what both take for granted. */
function granted(fields: Fields, ranges: readonly Range[]): Readonly<Record<string, number>> | undefined {
  const lengths: Record<string, number> = {}
  for (const { prefix, subnetLength: length } of ranges) {
    const { name, field, usual, least, most } = GRANTED[prefix.family]
    if (length === undefined || (length === usual && !fields.isThere(field))) continue
    if (length >= least && length <= most) lengths[name] = length
    else
      fields.warn(
        field,
        `Damask's controller grants a node /${least} to /${most}; write spec.podPrefixes of each Node yourself`,
      )
  }
  return Object.keys(lengths).length > 0 ? lengths : undefined
}

const GRANTED = {
  4: { name: 'ipv4', field: 'SubnetLen', usual: 24, least: 8, most: 30 },
  6: { name: 'ipv6', field: 'IPv6SubnetLen', usual: 64, least: 48, most: 124 },
} as const
