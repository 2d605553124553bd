// Another choice, made in memory: a world in which one thing is otherwise, checked as if it had been read from files.
import {
  checkWorld,
  type FabricKind,
  hint,
  listNames,
  type Network,
  type Resource,
  siteNames,
  type World,
} from '../../model/index.ts'

export type WorldChange =
  | { readonly kind: 'gateway'; readonly site: string; readonly nodes: readonly string[] }
  | { readonly kind: 'fabric'; readonly site: string; readonly fabric: FabricKind }
  | { readonly kind: 'sites'; readonly by: Network['sites'] | { readonly by: 'one' } }

const FABRICS: readonly FabricKind[] = ['direct', 'vxlan', 'ipip', 'wireguard', 'none']
const FORMS =
  'gateway=SITE:NODE[,NODE], fabric=SITE:KIND, sites=each-node, sites=one, sites=by-field or sites=by-label:LABEL'

/** Undefined where the text is no change but, perhaps, a file. Throws a sentence where it begins like a change and is none. */
export function tryWorldChange(text: string): WorldChange | undefined {
  const [, what, value = ''] = /^(gateway|fabric|sites)=(.*)$/s.exec(text) ?? []
  if (what === undefined) return undefined
  const [, site = '', rest = ''] = /^([^:]+):(.+)$/s.exec(value) ?? []
  if (what === 'gateway' && rest !== '') return { kind: 'gateway', site, nodes: rest.split(',') }
  if (what === 'fabric' && rest !== '') {
    const fabric = FABRICS.find((kind) => kind === rest)
    if (fabric === undefined)
      throw new Error(
        `cannot try ${text}: there is no fabric ${rest}; it is one of ${FABRICS.join(', ')}${hint(rest, FABRICS)}`,
      )
    return { kind: 'fabric', site, fabric }
  }
  if (what === 'sites') {
    if (value === 'each-node') return { kind: 'sites', by: { by: 'node' } }
    if (value === 'by-field') return { kind: 'sites', by: { by: 'field' } }
    if (value === 'one') return { kind: 'sites', by: { by: 'one' } }
    if (site === 'by-label') return { kind: 'sites', by: { by: 'label', label: rest } }
  }
  throw new Error(`cannot try ${text}: it can be ${FORMS}, or a file`)
}

/** Throws a sentence a line where the change names what there is not, or the world would be wrong. */
export function changedWorld(world: World, change: WorldChange): World {
  const { world: checked, problems } = checkWorld(resourcesOf(applied(world, change)))
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (checked === undefined) throw new Error(errors.map(({ message }) => message).join('\n'))
  return checked
}

function applied(world: World, change: WorldChange): World {
  switch (change.kind) {
    case 'gateway':
      return withGateways(world, change)
    case 'fabric': {
      membersOf(world, change.site)
      const site = world.sites.get(change.site) ?? { name: change.site }
      const fabric = { ...(site.fabric ?? world.network.fabric), kind: change.fabric }
      return { ...world, sites: new Map(world.sites).set(change.site, { ...site, fabric }) }
    }
    case 'sites':
      return withSites(world, change.by)
  }
}

/** These and no others, in slots that are granted anew. */
function withGateways(world: World, { site, nodes }: Extract<WorldChange, { kind: 'gateway' }>): World {
  const members = membersOf(world, site)
  for (const name of nodes)
    if (!members.includes(name))
      throw new Error(`site ${site} has no node ${name}; it has ${listNames(members)}${hint(name, members)}`)
  const all = new Map(world.nodes)
  const [grants, isOfSite] = [new Map(world.grants), new Set(members)]
  for (const [name, { granted: _, ...node }] of world.nodes) {
    if (!isOfSite.has(name)) continue
    all.set(name, { ...node, gateway: nodes.includes(name) ? 'prefer' : 'never' })
    grants.delete(name)
  }
  const own = { ...(world.sites.get(site) ?? { name: site }), gatewaysPerSite: nodes.length }
  return { ...world, nodes: all, grants, sites: new Map(world.sites).set(site, own) }
}

function withSites(world: World, by: Extract<WorldChange, { kind: 'sites' }>['by']): World {
  if (by.by !== 'one') return { ...world, network: { ...world.network, sites: by } }
  const nodes = new Map([...world.nodes].map(([name, node]) => [name, { ...node, site: ONE_SITE }]))
  return { ...world, nodes, network: { ...world.network, sites: { by: 'field' } } }
}

const ONE_SITE = 'one'

function membersOf(world: World, site: string): readonly string[] {
  const names = siteNames(world.network, world.nodes.values())
  const members = [...names].flatMap(([node, name]) => (name === site ? [node] : []))
  if (members.length > 0) return members
  const known = [...new Set(names.values())].sort()
  throw new Error(`there is no site ${site}; there are ${listNames(known)}${hint(site, known)}`)
}

const resourcesOf = ({ network, sites, nodes, statuses, grants }: World): readonly Resource[] => [
  { kind: 'Network', value: network },
  ...[...sites.values()].map((value): Resource => ({ kind: 'Site', value })),
  ...[...nodes.values()].map((value): Resource => ({ kind: 'Node', value })),
  ...[...statuses.values()].map((value): Resource => ({ kind: 'NodeStatus', value })),
  ...[...grants.values()].map((value): Resource => ({ kind: 'NodeGrant', value })),
]
