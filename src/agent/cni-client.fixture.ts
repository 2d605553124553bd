import { connect } from 'node:net'

/** As damask.c does: what it was told, and back comes its exit code and a text; of a DEL that was done none. */
export function askCni(
  socketPath: string,
  command: string,
  namespacePath = '/run/netns/none',
  cniVersion = '1.0.0',
): Promise<{ readonly code?: number; readonly msg?: string }> {
  const environment = [`CNI_COMMAND=${command}`, 'CNI_CONTAINERID=c1', `CNI_NETNS=${namespacePath}`, 'CNI_IFNAME=eth0']
  return new Promise((resolve, reject) => {
    const socket = connect({ path: socketPath, allowHalfOpen: true })
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.once('end', () => resolve(JSON.parse(Buffer.concat(chunks).subarray(1).toString().trim() || '{}')))
    socket.once('error', reject)
    socket.end(`${environment.join('\0')}\0\0{"cniVersion":"${cniVersion}","name":"damask","type":"damask"}`)
  })
}
