// The colours of pictures: text always stands on a fill of its own, and what stands on the page itself is of a middle tone, so
// that a picture reads on white and on black. The dark half is for viewers that say they prefer it.
export const INK = '#1f2937'
export const FAINT_INK = '#64748b'
/** Stands on the page itself, whatever its colour. */
export const CAPTION_INK = '#738199'

export type Look = {
  readonly fill: string
  readonly line: string
  /** Of words on the fill. */
  readonly ink: string
}

export const SITE: Look = { fill: '#f1f5f9', line: '#94a3b8', ink: FAINT_INK }
export const BEHIND_NAT: Look = { fill: '#fdf4e3', line: '#d99a2b', ink: '#9a6508' }
export const MEMBER: Look = { fill: '#ffffff', line: '#cbd5e1', ink: FAINT_INK }
export const GATEWAY: Look = { fill: '#d9f2ea', line: '#12947a', ink: '#0b7a64' }
export const RELAY: Look = { fill: '#efedfd', line: '#8576e8', ink: '#5f4fd0' }

/** What takes the place of a colour where a viewer prefers dark. */
export const DARK: ReadonlyMap<string, string> = new Map([
  [INK, '#e5eaf1'],
  [FAINT_INK, '#9fb0c6'],
  [SITE.fill, '#1b2533'],
  [SITE.line, '#5b6b82'],
  [BEHIND_NAT.fill, '#33291a'],
  [BEHIND_NAT.ink, '#e8b65c'],
  [MEMBER.fill, '#263244'],
  [MEMBER.line, '#46556b'],
  [GATEWAY.fill, '#133c35'],
  [GATEWAY.ink, '#5fd6bb'],
  [RELAY.fill, '#2b2850'],
  [RELAY.ink, '#b9b0fb'],
])
