import type { Because } from '../model/index.ts'

/** How many reasons are spelled out before the rest is only counted: a merged route may have a thousand. */
const SPELLED_OUT = 2

/** `Node/gcp-1 spec.podPrefixes[0]: reached through the gateway of site gcp; …; and 98 more`; empty without a reason. */
export function formatBecause(because: readonly Because[]): string {
  const reasons = [...new Set(because.map(formatReason))]
  const spelledOut = reasons.slice(0, SPELLED_OUT)
  if (reasons.length > SPELLED_OUT) spelledOut.push(`and ${reasons.length - SPELLED_OUT} more`)
  return spelledOut.join('; ')
}

function formatReason({ resource, field, rule }: Because): string {
  return `${field === undefined ? resource : `${resource} ${field}`}: ${rule}`.replace(/\s+/g, ' ')
}
