// The agent of a node, asked on its socket: nobody of the cluster is needed for that.
import { type AgentStatus, askAgent } from '../../src/agent/index.ts'
import type { Cluster } from './cluster.ts'

export async function agentStatus({ node }: Pick<Cluster, 'node'>, on: string): Promise<AgentStatus> {
  const { body } = await askAgent(`/proc/${node(on).containerd.pid()}/root/run/damask/agent.sock`, '/status')
  return JSON.parse(body)
}
