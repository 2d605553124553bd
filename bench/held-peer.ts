// What a WireGuard device in another namespace holds, asked of wireguard-go's own socket, or of the kernel by `wg`.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import type { PublicKey } from '../src/model/index.ts'

/** Whether a peer of that key is there, and, where one is given, at that endpoint (`198.51.100.7:51820`). `pid`: a process in the namespaces of the machine. */
export type AskPeer = (publicKey: PublicKey, endpoint?: string) => Promise<boolean>

export function openHeldPeers(pid: number, device: string): AskPeer {
  // Not by /var/run: that is a link, and would lead to this process' own.
  const socket = `/proc/${pid}/root/run/wireguard/${device}.sock`
  return async (publicKey, endpoint) => {
    if (!existsSync(socket)) return dumpOf(pid, device).some(isPeer(publicKey, endpoint))
    const hex = Buffer.from(publicKey, 'base64').toString('hex')
    const peer = (await askSocket(socket)).split('public_key=').find((part) => part.startsWith(`${hex}\n`))
    return peer !== undefined && (endpoint === undefined || peer.includes(`\nendpoint=${endpoint}\n`))
  }
}

/** Lines of `wg show DEVICE dump`: key, preshared key, endpoint, … */
const dumpOf = (pid: number, device: string): string[] =>
  execFileSync('nsenter', [`--net=/proc/${pid}/ns/net`, 'wg', 'show', device, 'dump'], { encoding: 'utf8' }).split('\n')

const isPeer =
  (publicKey: PublicKey, endpoint: string | undefined) =>
  (line: string): boolean => {
    const [key, , at] = line.split('\t')
    return key === publicKey && (endpoint === undefined || at === endpoint)
  }

/** https://www.wireguard.com/xplatform/ */
function askSocket(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    const socket = connect(path)
    const end = (): void => {
      socket.destroy()
      resolve(Buffer.concat(pieces).toString('utf8'))
    }
    socket.on('error', reject)
    socket.on('data', (piece: Buffer) => {
      pieces.push(piece)
      if (piece.subarray(-2).toString() === '\n\n') end()
    })
    socket.on('end', end)
    socket.write('get=1\n\n')
  })
}
