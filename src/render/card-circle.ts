import type { GraphCard } from './graph-card.ts'
import { columnsOf } from './site-table.ts'

/** Where cards stand on a circle, clockwise from the top, as Graphviz takes it; in points. */
export function placesOnCircle(cards: readonly GraphCard[]): string[] {
  // Their heights matter less, as the sides of a circle are steep.
  const widths = cards.map(({ members }) => 120 * columnsOf(members.length) + 60)
  const around = widths.reduce((sum, width) => sum + width, 0)
  const radius = around / (2 * Math.PI)
  let passed = 0
  return widths.map((width) => {
    const angle = (2 * Math.PI * (passed + width / 2)) / around
    passed += width
    return `${Math.round(radius * Math.sin(angle))},${Math.round(radius * Math.cos(angle))}`
  })
}
