// Lab: clouds, NAT, nodes and pods on one machine, in namespaces, with the real agent and the real CNI client; a meter and
// a listener on the internet between them.
// Never: touch the network of the namespace that it was started in, or a lab of somebody else who is alive.
export { killAgent, replaceAgent } from './agent-death.ts'
export { askNode } from './agent-process.ts'
export { checkPairs } from './check.ts'
export { readEnds } from './ends.ts'
export { enterCommand } from './enter.ts'
export {
  findRecord,
  type LabRecord,
  type LabTools,
  nameOf,
  nodeFolder,
  readRecords,
  worldFolder,
} from './lab-record.ts'
export { type Layout, layOut } from './layout.ts'
export { layoutIssues } from './layout-issues.ts'
export { localOfNode } from './local-of-node.ts'
export { renderMatrix, renderResult } from './matrix.ts'
export { copyStatuses, storeFolder } from './node-store.ts'
export { observeNode } from './observe-node.ts'
export type { LabProgress } from './progress.ts'
export { type Readiness, readReadiness, waitUntilReady } from './readiness.ts'
export { rebootNode } from './reboot.ts'
export type { LabResult } from './result.ts'
export { type Run, runLab } from './run.ts'
export { type RunningLab, type RunningNode, readRunningLab } from './running-nodes.ts'
export { sweepAbandoned, tearDown } from './tear-down.ts'
export { underlayOf } from './underlay.ts'
export { bringUp, type LabOptions, type Up } from './up.ts'
export { worldInClouds } from './world-in-clouds.ts'
export { isWrongInput, wrongInput } from './wrong-input.ts'
