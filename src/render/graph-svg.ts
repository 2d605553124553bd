import { DARK } from './graph-colours.ts'

/** An SVG as Graphviz writes it, with fonts for those who have not the one it names, and in the dark where a viewer prefers that. */
export function finishGraphSvg(svg: string): string {
  const rules = [...DARK].flatMap(([light, dark]) => [
    `[fill="${light}"]{fill:${dark}}`,
    `[stroke="${light}"]{stroke:${dark}}`,
  ])
  const style = `<style>@media (prefers-color-scheme: dark){${rules.join('')}}</style>`
  return svg
    .replaceAll('font-family="Verdana"', 'font-family="Verdana,DejaVu Sans,sans-serif"')
    .replace(/<g id="graph0"/, (group) => `${style}\n${group}`)
    .trimEnd()
}
