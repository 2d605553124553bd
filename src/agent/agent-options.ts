// What an agent is handed: its node, its folders, its doors to the kernel and the store, and what it is to see to besides.
import type { PublicKey } from '../model/index.ts'
import type { AgentStatus } from './agent-status.ts'
import type { Clock } from './clock.ts'
import type { CniFolders } from './cni-installer.ts'
import type { Host } from './host-check.ts'
import type { MetricsAddress } from './metrics-server.ts'
import type { PeerReadingKernel } from './reconciler.ts'
import type { ResolveHost } from './resolve-host.ts'
import type { SecretLog } from './secret-log.ts'
import type { SendDatagram } from './session-opener.ts'
import type { AgentStore } from './store-link.ts'

export type AgentKernel = PeerReadingKernel & { readonly wireguard: () => AgentStatus['wireguard'] }

export type AgentOptions = {
  readonly node: string
  /** `state`: the key, the journal of pods, the snapshot, old values of settings. `run`: the sockets. */
  readonly folders: { readonly state: string; readonly run: string }
  readonly openKernel: (privateKeys: ReadonlyMap<PublicKey, string>) => Promise<AgentKernel>
  /** Called once the network stands, and again where it fails. */
  readonly openStore: () => Promise<AgentStore>
  readonly host: Host
  /** Of the program. */
  readonly version: string
  /** Where container runtimes look; left out: somebody else sees to their files. */
  readonly cni?: CniFolders
  /** Where metrics are served besides the socket. */
  readonly metricsAddress?: MetricsAddress
  readonly clock: Clock
  readonly log: SecretLog
  /** Sends a datagram through a tunnel to open its session; left out: real ones. */
  readonly sendDatagram?: SendDatagram
  /** Finds the addresses of an endpoint that is a name; left out: the machine's own way. */
  readonly resolveHost?: ResolveHost
  /** Called a moment after much memory was used for a while. */
  readonly releaseMemory?: () => void
}
