// Render: a NodeState and a World as text that people know: listings and commands of iproute2, nft and wg, JSON, pictures.
// Never: I/O, clocks, randomness, anything of Node; it decides nothing and holds no private key. The same data gives the same bytes.
export { renderGraphDot } from './graph-dot.ts'
export { renderGraphMermaid } from './graph-mermaid.ts'
export { finishGraphSvg } from './graph-svg.ts'
export { renderGraphText } from './graph-text.ts'
export type { GraphOptions } from './graph-view.ts'
export { type RenderCommandsOptions, renderCommands } from './state-commands.ts'
export { type Json, renderJson } from './state-json.ts'
export { type RenderTextOptions, renderText } from './state-text.ts'
export type { Topology, TopologyNode, TopologyRelay, TopologySite, TopologyTunnel } from './topology.ts'
