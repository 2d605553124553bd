import {
  compareAddresses,
  type Family,
  formatAddress,
  type NextHop,
  type NextHopGroup,
  PROTOCOL,
  type Route,
  type RouteHop,
} from '../model/index.ts'
import { formatDestination } from './kernel-names.ts'
import { formatHop } from './next-hop-text.ts'

/** The next-hop objects of a state by id, in which `ip route` looks up what stands behind an `nhid`. */
export type NextHopObjects = ReadonlyMap<number, NextHop | NextHopGroup>

/** As `ip route show table …` and `ip -6 route show table …` print it, several next hops on lines of their own. */
export function formatRoute(route: Route, objects: NextHopObjects): string {
  const { target, to } = route
  const ending = formatEnding(route)
  const line = (...words: readonly string[]) => [formatDestination(to), ...words, ending].filter(Boolean).join(' ')
  switch (target.kind) {
    case 'unreachable':
    case 'throw':
      // The kernel books routes of IPv6 that lead nowhere on the loopback device.
      return `${target.kind} ${to.family === 6 ? line('dev lo') : line()}`
    case 'link':
      return line(`dev ${target.link}`)
    case 'via': {
      const hops = target.hops.toSorted((a, b) => compareAddresses(a.via, b.via))
      return formatHops(line, hops, to.family, hops.length > 1)
    }
    case 'next-hop-object': {
      const { hops, isGroup } = lookUp(target.id, objects)
      const lineOfObject = (...words: readonly string[]) => line(`nhid ${target.id}`, ...words)
      return formatHops(lineOfObject, hops, to.family, hops.length > 1 || (isGroup && to.family === 6))
    }
  }
}

function formatHops(
  line: (...words: readonly string[]) => string,
  hops: readonly (Pick<NextHop, 'via' | 'link'> & Pick<RouteHop, 'onlink'>)[],
  family: Family,
  apart: boolean,
): string {
  if (!apart) return line(...hops.map((hop) => formatHop(hop, family)))
  const lines = hops.map((hop) => `\tnexthop ${formatHop(hop, family)} weight 1${hop.onlink ? ' onlink' : ''}`)
  return [line(), ...lines].join('\n')
}

function formatEnding({ source, target, to }: Route): string {
  const words = [`proto ${PROTOCOL}`]
  if (target.kind === 'link' && to.family === 4) words.push('scope link')
  if (typeof source === 'object') words.push(`src ${formatAddress(source)}`)
  // IP6_RT_PRIO_USER and the router preference of RFC 4191, which IPv6 alone has.
  if (to.family === 6) words.push('metric 1024')
  // Of several hops each says so itself.
  if (target.kind === 'via' && target.hops.length === 1 && target.hops[0]?.onlink) words.push('onlink')
  if (to.family === 6) words.push('pref medium')
  return words.join(' ')
}

function lookUp(id: number, objects: NextHopObjects): { hops: readonly NextHop[]; isGroup: boolean } {
  const object = objects.get(id)
  if (object === undefined) return { hops: [], isGroup: false }
  if (object.kind === 'next-hop') return { hops: [object], isGroup: false }
  return { hops: object.members.flatMap((member) => lookUp(member, objects).hops), isGroup: true }
}
