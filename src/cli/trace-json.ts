// A trace as plain data for other programs: addresses and prefixes are text, entries as `damask plan -o json` has them.
import { type Address, formatAddress, formatEndpoint } from '../model/index.ts'
import { type Json, renderEntryJson } from '../render/index.ts'
import type { Branch, Hop, ProbeEnd, Trace, Verdict } from '../verifier/index.ts'

export function traceJson({ probe, family, forth, back, verdict, direction, mtuBytes }: Trace): Json {
  const { from, to, protocol, port, sizeBytes } = probe
  return {
    from: endJson(from),
    to: endJson(to),
    family,
    protocol,
    ...(port !== undefined && { port }),
    ...(sizeBytes !== undefined && { sizeBytes }),
    verdict: verdictJson(verdict),
    direction,
    ...bytes('mtuBytes', mtuBytes),
    forth: forth.map(branchJson),
    back: back.map(branchJson),
  }
}

const endJson = (end: ProbeEnd): Json => ({
  kind: end.kind,
  ...('node' in end && { node: end.node }),
  ...text('address', end.address),
})

const text = (key: string, address: Address | undefined): { readonly [key: string]: Json } =>
  address === undefined ? {} : { [key]: formatAddress(address) }

/** Left out where there is no bound. */
const bytes = (key: string, value: number): { readonly [key: string]: Json } =>
  Number.isFinite(value) ? { [key]: value } : {}

export function verdictJson(verdict: Verdict): Json {
  if (verdict.kind === 'delivered') return { kind: verdict.kind, to: { ...verdict.to } }
  const { entry, ...rest } = { entry: undefined, ...verdict }
  return { ...rest, ...(entry && { entry: renderEntryJson(entry) }) }
}

const branchJson = ({ hops, verdict, roomBytes, lostAboveBytes, isSplit, warnings }: Branch): Json => ({
  verdict: verdictJson(verdict),
  ...bytes('roomBytes', roomBytes),
  ...bytes('lostAboveBytes', lostAboveBytes),
  isSplit,
  warnings,
  hops: hops.map(hopJson),
})

function hopJson({ node, from, lookedUp, source, steps, translatedTo, out, wraps, crossing, roomBytes }: Hop): Json {
  return {
    node,
    from,
    source: formatAddress(source),
    lookedUp: formatAddress(lookedUp),
    ...text('translatedTo', translatedTo),
    ...(out && { link: out.link, ...text('via', out.via) }),
    steps: steps.map(({ kind, entry, note }) =>
      entry.kind === 'filter-table'
        ? { kind, note: note ?? entry.name, because: entry.because.map((one) => ({ ...one })) }
        : { kind, entry: renderEntryJson(entry) },
    ),
    wraps: wraps.map(({ from: sender, to, ...rest }) => ({
      ...rest,
      ...(sender && { from: formatEndpoint(sender) }),
      to: formatEndpoint(to),
    })),
    ...(crossing && { crossing: { ...crossing } }),
    ...bytes('roomBytes', roomBytes),
  }
}
