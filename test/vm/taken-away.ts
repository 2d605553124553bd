// Takes away from the virtual machine what an agent needs, and puts it back.
import { type Ended, type Guest, PROJECT } from './machine.ts'

const REFUSALS = '/etc/modprobe.d/damask-lacking.conf'
/** Debian's, and what `make wireguard-go` may have built. */
const WIREGUARD_GOS = `/usr/bin/wireguard-go ${PROJECT}/dist/wireguard-go`
const LIMIT_MILLISECONDS = 120_000

/** All of nftables, each behind those that need it; below it is `nfnetlink`. */
export const NFTABLES = [
  ...['nft_masq', 'nft_fib_inet', 'nft_fib_ipv4', 'nft_fib_ipv6', 'nft_fib', 'nft_nat', 'nft_ct', 'nft_chain_nat'],
  ...['nf_nat', 'nf_conntrack', 'nf_tables'],
]

export type TakenAway = {
  readonly shell: (script: string) => Promise<Ended>
  /** Modules, each behind those that need it: nobody loads them any more, whoever asks. */
  readonly lack: (...modules: readonly string[]) => Promise<void>
  readonly lackWireguardGo: () => Promise<void>
  readonly bringWireguardGo: () => Promise<void>
  /** May be loaded again; tun is. */
  readonly bringModules: () => Promise<void>
  readonly bringAll: () => Promise<void>
}

export function takeAwayFrom(guest: Guest): TakenAway {
  const shell = (script: string): Promise<Ended> =>
    guest.run(['sh', '-c', script], { limitMilliseconds: LIMIT_MILLISECONDS })
  const must = async (script: string): Promise<void> => {
    const { exitCode, stdout, stderr } = await shell(script)
    if (exitCode !== 0) throw new Error(`${stdout}${stderr}`)
  }
  const bringWireguardGo = (): Promise<void> =>
    must(`for p in ${WIREGUARD_GOS}; do if [ -e $p.away ]; then mv $p.away $p; fi; done`)
  const bringModules = (): Promise<void> => must(`rm -f ${REFUSALS}; modprobe tun`)
  return {
    shell,
    // A namespace that was deleted lets go of them a moment later.
    lack: (...modules) =>
      must(`for m in ${modules.join(' ')}; do
        echo "install $m /bin/false" >>${REFUSALS}
        while grep -q "^$m " /proc/modules; do rmmod $m 2>/dev/null || sleep 0.2; done
      done`),
    lackWireguardGo: () => must(`for p in ${WIREGUARD_GOS}; do if [ -e $p ]; then mv $p $p.away; fi; done`),
    bringWireguardGo,
    bringModules,
    async bringAll() {
      await bringModules()
      await bringWireguardGo()
    },
  }
}
