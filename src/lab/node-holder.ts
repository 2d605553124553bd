// A node's own mount namespace: its agent's folders stand where they would stand on a machine of its own, and
// wireguard-go's sockets (/var/run/wireguard) do not meet those of the other nodes. Its resolver's files are its own too.
// A small process holds it.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { HostName } from './layout.ts'
import { RESOLVER_FILES, writeResolverFiles } from './node-hosts.ts'
import { isRunning, type ProcessRecord, processRecord } from './process-record.ts'

// Neither /run/damask nor /var/lib/damask need exist on the host, and nothing is made there: the folder around them is
// covered by a small one of this namespace, whose entries lead to what it covers. Mounts of the host still arrive
// (slave), so a namespace made later is seen in /run/netns, and one that is deleted is let go. What the host's own network
// daemons left in /run does not show: they are not in this node.
const SCRIPT = `
set -eu
cover() {
  folder=$1; scratch=$2; shift 2
  mount -n -t tmpfs -o mode=755 damask-lab "$scratch"
  mkdir "$scratch/.host"
  mount -n --rbind "$folder" "$scratch/.host"
  for entry in "$folder"/* "$folder"/.[!.]*; do
    name=\${entry##*/}
    case $folder/$name in /run/systemd | /run/NetworkManager) continue ;; esac
    if [ -e "$entry" ] || [ -L "$entry" ]; then ln -s ".host/$name" "$scratch/$name"; fi
  done
  while [ $# -gt 0 ]; do
    rm -f "$scratch/$1"; mkdir "$scratch/$1"; mount -n --bind "$2" "$scratch/$1"; shift 2
  done
  mount -n --move "$scratch" "$folder"
}
cover /run "$1/cover" damask "$1/run" wireguard "$1/wireguard"
cover /var/lib "$1/cover" damask "$1/state"
mount -n -t sysfs sysfs /sys
for file in ${RESOLVER_FILES.join(' ')}; do
  if [ -e "$1/$file" ] && [ -e "/etc/$file" ]; then mount -n --bind "$1/$file" "/etc/$file"; fi
done
echo ready
exec sleep infinity > /dev/null 2>&1
`

/** Makes folders and files where they are missing; what is in them stays. */
export async function startHolder(
  folder: string,
  namespace: string,
  hosts: readonly HostName[] = [],
): Promise<ProcessRecord> {
  for (const name of ['run', 'state', 'wireguard', 'cover']) mkdirSync(join(folder, name), { recursive: true })
  writeResolverFiles(folder, hosts)
  const child = spawn(
    'nsenter',
    [
      `--net=/run/netns/${namespace}`,
      'unshare',
      '--mount',
      '--propagation',
      'slave',
      'sh',
      '-c',
      SCRIPT,
      'damask-lab-holder',
      folder,
    ],
    { detached: true, stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' },
  )
  const said: Buffer[] = []
  child.stderr.on('data', (bytes) => said.push(bytes))
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('error', reject)
    child.once('close', (code) => {
      const reason = Buffer.concat(said).toString().trim()
      reject(new Error(`cannot make the mount namespace of ${namespace}: sh ended with ${code} - ${reason}`))
    })
  })
  child.stdout.destroy()
  child.stderr.destroy()
  child.unref()
  return processRecord(child.pid ?? 0)
}

/** The start of a command line that runs the rest inside the node. */
export function enterNode(holder: ProcessRecord, namespace: string): string[] {
  if (!isRunning(holder))
    throw new Error(`the process that holds ${namespace} is gone; take the lab down and bring it up again`)
  return ['nsenter', `--mount=/proc/${holder.pid}/ns/mnt`, `--net=/run/netns/${namespace}`, '--']
}
