// A trace as a person reads it: hop by hop what was looked up, which entry decided and why, what was wrapped around it, and the end.
import { type Entry, formatAddress, formatEndpoint } from '../model/index.ts'
import { formatBecause, renderEntry } from '../render/index.ts'
import type { Branch, Crossing, Hop, Probe, Step, Trace, Verdict, Wrap } from '../verifier/index.ts'

export const renderTrace = (trace: Trace): string => [renderWays(trace), `verdict: ${endText(trace)}`].join('\n')

/** Without the verdict; ends with an empty line. */
export const renderWays = ({ probe, forth, back }: Trace): string =>
  [probeText(probe), '', ...waysText('forth', forth), ...waysText('back', back)].join('\n')

/** How both ways end together. */
export function endText({ back, verdict, direction, mtuBytes }: Trace): string {
  if (verdict.kind !== 'delivered') return `${direction === 'forth' ? '' : 'the answer is '}${verdictText(verdict)}`
  return `delivered${back.length > 0 ? ', and so is the answer' : ''}; ${Number.isFinite(mtuBytes) ? `largest packet that passes unsplit: ${mtuBytes} bytes` : 'it does not leave the machine, so packets of any size pass'}`
}

function probeText({ from, to, protocol, port, sizeBytes }: Probe): string {
  const source = from.address === undefined ? '' : ` ${formatAddress(from.address)}`
  const target =
    'node' in to ? `${to.kind} of ${to.node} ${formatAddress(to.address)}` : `outside ${formatAddress(to.address)}`
  const what = port === undefined ? protocol : `${protocol} port ${port}`
  return `${from.kind} of ${from.node}${source} -> ${target}, ${what}${sizeBytes === undefined ? '' : `, ${sizeBytes} bytes`}`.replace(
    /\bhost of /g,
    'host ',
  )
}

const waysText = (title: string, branches: readonly Branch[]): string[] =>
  branches.flatMap((branch, nth) => [
    branches.length === 1 ? title : `${title}, way ${nth + 1} of ${branches.length}`,
    ...branch.hops.flatMap((hop, index) => hopText(hop, index + 1)),
    ...branch.warnings.map((warning) => `    note: ${warning}`),
    `    ${verdictText(branch.verdict)}${branch.isSplit ? ' (split on the way)' : ''}`,
    '',
  ])

function hopText(hop: Hop, number: number): string[] {
  const { node, from, lookedUp, source, steps, wraps, crossing, translatedTo, roomBytes } = hop
  const arrival =
    { pod: 'from a pod', host: 'made here', behind: 'from the network behind it' }[from] ?? `in by ${from}`
  return [
    `${`${number}`.padStart(3)} ${node}: ${arrival}, ${formatAddress(source)} -> ${formatAddress(lookedUp)}`,
    ...steps.flatMap(stepText),
    ...(translatedTo ? [line('source', `becomes ${formatAddress(translatedTo)}`)] : []),
    ...wraps.map(wrapText),
    ...(crossing ? [line('over', `${crossingText(crossing)}, ${crossing.mtuBytes} bytes; room for ${roomBytes}`)] : []),
  ]
}

const line = (title: string, text: string): string => `      ${title.padEnd(9)} ${text}`

const TITLES: Readonly<Record<Step['kind'], string>> = {
  rule: 'rule',
  route: 'route',
  'next-hop': 'next hop',
  neighbour: 'neighbour',
  fdb: 'fdb',
  device: 'link',
  peer: 'peer',
  'accepted-source': 'accepted',
  filter: 'filter',
  setting: 'setting',
}

function stepText({ kind, entry, note }: Step): string[] {
  const because = formatBecause(entry.because)
  return [line(TITLES[kind], note ?? shortened(entry)), ...(because === '' ? [] : [`${' '.repeat(16)} # ${because}`])]
}

const MOST_CHARACTERS = 160

/** A peer may have thousands of prefixes. */
function shortened(entry: Entry): string {
  const text = renderEntry(entry, new Map())
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)} …` : text
}

const wrapText = ({ kind, link, from, to, addedBytes }: Wrap): string =>
  line(
    'wrapped',
    `${kind} ${link}, ${from ? `${formatEndpoint(from)} -> ` : ''}${formatEndpoint(to)}, ${addedBytes} bytes more`,
  )

export const crossingText = ({ kind, networks, isEncrypted }: Crossing): string =>
  `${networks.join(' > ')} (${kind}${isEncrypted ? ', encrypted' : ', in the clear'})`

export function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'delivered': {
      const { to } = verdict
      if (to.kind === 'outside') return 'delivered outside'
      if (to.kind === 'neighbourhood') return `delivered into network ${to.network}`
      return `delivered to ${{ pod: 'a pod of ', host: '', behind: 'the network behind ' }[to.kind]}${to.node}`
    }
    case 'dropped':
      return `dropped at ${verdict.node}: ${verdict.reason}${entryText(verdict.entry)}`
    case 'too-big':
      return `too big at ${verdict.node}, which says so: ${verdict.mtuBytes} bytes would pass${entryText(verdict.entry)}`
    case 'lost-at-size':
      return `lost at this size after ${verdict.node}, and nobody says so: ${verdict.reason}; ${verdict.mtuBytes} bytes would pass`
    case 'looped':
      return `looped at ${verdict.node}: ${verdict.reason}${entryText(verdict.entry)}`
    case 'leaked':
      return `leaked at ${verdict.node}: ${verdict.reason}${entryText(verdict.entry)}`
  }
}

const entryText = (entry: Entry | undefined): string => (entry === undefined ? '' : ` [${shortened(entry)}]`)
