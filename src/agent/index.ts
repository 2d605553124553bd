// Agent: one node's life. It plans from the last World it has, brings the kernel there and keeps it there, serves the
// container runtime, and says how it is.
// Never: decide what a node should hold (planner), speak to the kernel but through `linux`, or touch the network on its way out.
export { type Agent, runAgent, startAgent } from './agent.ts'
export type { AgentKernel, AgentOptions } from './agent-options.ts'
export type { AgentStatus, HostNameStatus, PodStatus } from './agent-status.ts'
export { AGENT_SOCKET, type AgentAnswer, type AgentOrder, askAgent, CNI_SOCKET } from './ask-agent.ts'
export type { Clock } from './clock.ts'
export type { CniFolders } from './cni-installer.ts'
export type { DeviceStatus, PeerStatus } from './device-status.ts'
export { type Host, type HostFinding, openHost } from './host-check.ts'
export type { MetricsAddress } from './metrics-server.ts'
export { loadPrivateKey, PRIVATE_KEY_FILE } from './private-key.ts'
export type { Readiness, Reason } from './readiness.ts'
export type { ResolveHost } from './resolve-host.ts'
export { type Log, openSecretLog, type SecretLog } from './secret-log.ts'
export type { AgentStore } from './store-link.ts'
