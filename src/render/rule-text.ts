import { formatPrefix, PROTOCOL, type Rule } from '../model/index.ts'
import { formatMark, formatTable } from './kernel-names.ts'

/** A line of `ip rule` or `ip -6 rule`. */
export function formatRule({
  preference,
  table,
  withoutMark,
  suppressPrefixLength,
  ownUdpPort,
  ownTo,
}: Omit<Rule, 'because'>): string {
  const words = ['from all']
  if (withoutMark !== undefined) {
    words.unshift('not')
    words.push(`fwmark ${formatMark(withoutMark)}/${formatMark(withoutMark)}`)
  }
  if (ownTo !== undefined) words.push(`to ${formatPrefix(ownTo)}`)
  if (ownTo !== undefined || ownUdpPort !== undefined) words.push('iif lo')
  if (ownUdpPort !== undefined) words.push(`ipproto udp dport ${ownUdpPort}`)
  words.push(`lookup ${formatTable(table)}`)
  if (suppressPrefixLength !== undefined) words.push(`suppress_prefixlength ${suppressPrefixLength}`)
  return `${preference}:\t${words.join(' ')} proto ${PROTOCOL}`
}
