// A machine of a test cluster, over a node of the lab: its own /etc, /opt, /var and /run, so that every path in it is the stock one
// and nothing of it is seen outside; a process holds it.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { daemon, waitUntil } from './daemon.ts'

export type Machine = {
  /** The start of a command line that runs the rest in there. */
  readonly enter: readonly string[]
}

// What the machine has in /etc, /opt and /var shows through, what is written there lands in the folder. containerd's own overlays can
// stand on no overlay, so its state is a folder of its own; so is kubelet's, whose volumes others mount. Mounts of the host
// still arrive (slave): a network namespace that is deleted there is let go here. All are shared at the end, as systemd has it:
// kubelet counts on that.
// Kubelet sets some kernel parameters of the machine as it likes them. Here it finds files of that name.
const SCRIPT = `
set -eu
folder=$1 name=$2
hostname "$name"
mount -n --rbind /sys/fs/cgroup "$folder/hold"
mount -n -t sysfs sysfs /sys
mount -n --move "$folder/hold" /sys/fs/cgroup
for path in etc opt var; do
  mkdir -p "$folder/$path/upper" "$folder/$path/work"
  mount -n -t overlay "damask-cluster-$path" -o "lowerdir=/$path,upperdir=$folder/$path/upper,workdir=$folder/$path/work" "/$path"
done
mount -n -t tmpfs -o mode=755 damask-cluster-run /run
mkdir -p /run/netns /run/lock
if [ ! -e "$folder/disk" ]; then
  rm -rf /etc/cni /opt/cni /var/lib/containerd /var/lib/kubelet /var/lib/cni /var/lib/damask /var/log/pods /var/log/containers
  mkdir -p /etc/cni/net.d /opt/cni/bin /etc/kubernetes
  for plugin in bandwidth bridge host-local loopback portmap; do cp "/usr/lib/cni/$plugin" /opt/cni/bin/; done
  for file in hosts nsswitch.conf resolv.conf; do rm -f "/etc/$file"; cp "$folder/$file" "/etc/$file"; done
  : > "$folder/disk"
fi
for path in containerd kubelet; do
  mkdir -p "$folder/$path" "/var/lib/$path"
  mount -n --bind "$folder/$path" "/var/lib/$path"
done
for parameter in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  mkdir -p "$folder/sysctl/\${parameter%/*}"
  cat "/proc/sys/$parameter" > "$folder/sysctl/$parameter"
  mount -n --bind "$folder/sysctl/$parameter" "/proc/sys/$parameter"
done
mount -n --make-rshared /
: > "$folder/ready"
exec sleep infinity
`

/** What is in its folder already stays: a machine that is started again has its disk. */
export async function startMachine(options: {
  readonly name: string
  readonly namespace: string
  readonly folder: string
  readonly cgroup: string
  /** Addresses by name. */
  readonly hosts: readonly (readonly [name: string, address: string])[]
  readonly signal?: AbortSignal | undefined
}): Promise<Machine> {
  const { name, namespace, folder, cgroup, hosts, signal } = options
  mkdirSync(join(folder, 'hold'), { recursive: true })
  const names = [['localhost', '127.0.0.1'], ['localhost', '::1'], ...hosts]
  writeFileSync(join(folder, 'hosts'), names.map(([host, address]) => `${address} ${host}\n`).join(''))
  writeFileSync(join(folder, 'nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n')
  writeFileSync(join(folder, 'resolv.conf'), '') // there is no DNS on this internet
  const ready = join(folder, 'ready')
  rmSync(ready, { force: true })
  const net = `--net=/run/netns/${namespace}`
  const unshare = ['unshare', '--mount', '--uts', '--ipc', '--propagation', 'slave']
  const holder = daemon({
    name: `the machine ${name}`,
    command: ['nsenter', net, ...unshare, 'sh', '-c', SCRIPT, 'damask-cluster-machine', folder, name],
    cgroup,
    log: join(folder, 'machine.log'),
  })
  holder.start()
  await waitUntil(`${name} has its mounts`, () => existsSync(ready), [holder], signal)
  const of = (kind: string): string => `/proc/${holder.pid()}/ns/${kind}`
  return { enter: ['nsenter', net, `--mount=${of('mnt')}`, `--uts=${of('uts')}`, `--ipc=${of('ipc')}`, '--'] }
}
