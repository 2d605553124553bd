// A machine without a cluster: its own network, host name, processes and files, with systemd as its first process. It can lose
// its power and get it back.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createNamespace, deleteNamespace } from '../../src/linux/index.ts'

export type Plug = {
  /** Namespace of the wire. */
  readonly wire: string
  readonly link: string
  readonly address: string
  /** Where its default route leads. */
  readonly gateway?: string
}

export type PlainMachine = {
  readonly name: string
  /** The start of a command line that runs the rest inside. */
  readonly enter: () => readonly string[]
  /** Takes its power and gives it back. */
  readonly reboot: () => void
  /** What its units said. */
  readonly log: () => string
  /** Its processes end in the seconds after this returns. */
  readonly powerOff: () => void
  /** Once it is off. */
  readonly remove: () => void
}

export type PlainMachineOptions = {
  readonly name: string
  /** Its files are kept there. */
  readonly folder: string
  /** Programs for its /usr/local/bin. */
  readonly standIns: string
  readonly plugs: readonly Plug[]
}

// Its files are those of this machine, with what it writes in its own folder; /run is memory. Of the units of this machine none is
// started: they would set what is everybody's, such as the kernel's settings and /dev. Each has a control group of its own, which
// systemd takes for all that there is.
const SCRIPT = `
set -eu
folder=$1 stand_ins=$2 name=$3 group=$4
mkdir -p "$folder/root" "$folder/groups"
mount -n -t cgroup2 cgroup2 "$folder/groups"
mkdir -p "$folder/groups/$group"
echo $$ > "$folder/groups/$group/cgroup.procs"
umount -n "$folder/groups"
exec unshare --cgroup --uts --pid --mount --propagation private --fork --mount-proc --kill-child sh -euc '
  folder=$1 stand_ins=$2 name=$3
  for top in usr etc var; do
    mkdir -p "$folder/$top/upper" "$folder/$top/work"
    mount -n -t overlay -o "lowerdir=/$top,upperdir=$folder/$top/upper,workdir=$folder/$top/work" overlay "/$top"
  done
  mount -n --bind "$stand_ins" /usr/local/bin
  mount -n --bind "$folder/root" /root
  umount -n -R /sys/fs/cgroup
  mount -n -t sysfs -o ro sysfs /sys
  mount -n -t cgroup2 cgroup2 /sys/fs/cgroup
  mount -n -t tmpfs -o mode=755 tmpfs /run
  if [ ! -e /root/.set-up ]; then
    rm -rf /usr/lib/systemd/system/*.wants /etc/systemd/system/*.wants
    echo "$name" > /etc/hostname
    echo "127.0.1.1 $name" >> /etc/hosts # as Debian does: else git waits for a name server
    echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/quick
    rm -f /var/lib/man-db/auto-update
    mkdir -p /etc/systemd/system/damask.service.d /etc/systemd/system/damask-pull.service.d
    for unit in damask damask-pull; do
      printf "[Service]\\nStandardOutput=append:/root/log\\nStandardError=append:/root/log\\n" \
        > "/etc/systemd/system/$unit.service.d/log.conf"
    done
    touch /root/.set-up
  fi
  exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin container=damask-test \
    /lib/systemd/systemd --unit=multi-user.target --show-status=no --log-target=null
' sh "$folder" "$stand_ins" "$name"
`

export function createPlainMachine({ name, folder, standIns, plugs }: PlainMachineOptions): PlainMachine {
  const namespace = freshName()
  let holder: Holder | undefined
  mkdirSync(folder, { recursive: true })

  function powerOn(): void {
    createNamespace(namespace)
    ip(namespace, 'link set lo up')
    for (const plug of plugs) plugIn(namespace, plug)
    holder = startHolder(namespace, [folder, standIns, name, namespace])
  }
  function powerOff(): void {
    holder?.kill()
    deleteNamespace(namespace)
  }

  powerOn()
  return {
    name,
    enter: () => ['nsenter', `--target=${holder?.pid}`, '--net', '--mount', '--uts', '--pid', '--'],
    reboot() {
      powerOff()
      holder?.waitForEnd()
      powerOn()
    },
    log: () => tryRead(join(folder, 'root/log')),
    powerOff,
    remove() {
      holder?.waitForEnd()
      removeGroup(namespace, join(folder, 'groups'))
    },
  }
}

type Holder = { readonly pid: number; readonly kill: () => void; readonly waitForEnd: () => void }

/** Its first process; whatever runs there ends with it. */
function startHolder(namespace: string, words: readonly string[]): Holder {
  const enter = [`--net=/run/netns/${namespace}`, 'unshare', '--mount', '--propagation', 'private']
  const child = spawn('nsenter', [...enter, 'sh', '-c', SCRIPT, 'sh', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: '/',
  })
  const pid = waitForSystemd(child)
  return {
    pid,
    kill: () => void child.kill('SIGKILL'),
    waitForEnd() {
      for (let turn = 0; turn < 12_000 && existsSync(`/proc/${pid}`); turn++) spawnSync('sleep', ['0.01'])
    },
  }
}

/** It is there once it answers. */
function waitForSystemd(child: ChildProcess): number {
  const own = `/proc/${child.pid}`
  for (let turn = 0; turn < 6000 && existsSync(own); turn++) {
    const pid = Number(tryRead(`${own}/task/${child.pid}/children`).trim())
    if (pid > 0 && existsSync(`/proc/${pid}/root/run/systemd/private`)) {
      spawnSync('nsenter', ['--all', `--target=${pid}`, 'systemctl', 'is-system-running', '--wait'])
      return pid
    }
    spawnSync('sleep', ['0.02'])
  }
  throw new Error(`a machine did not start: ${child.stderr?.read() ?? 'it says nothing'}`)
}

/** What systemd made there is empty by now. */
function removeGroup(group: string, at: string): void {
  const script = 'mount -n -t cgroup2 cgroup2 "$1" && find "$1/$2" -depth -type d -exec rmdir {} +'
  spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', at, group])
}

function plugIn(namespace: string, { wire, link, address, gateway }: Plug): void {
  const port = `p${randomBytes(4).toString('hex')}`
  // The same after a reboot, as a network card's is: others remember it for a while.
  const hardwareAddress = `02:00:${address
    .replace(/\/.*/, '')
    .split('.')
    .map((octet) => Number(octet).toString(16).padStart(2, '0'))
    .join(':')}`
  ip(wire, `link add ${port} master wire type veth peer name ${link} netns ${namespace}`)
  ip(wire, `link set ${port} up`)
  ip(namespace, `link set ${link} address ${hardwareAddress}`)
  ip(namespace, `address add ${address} dev ${link}`)
  ip(namespace, `link set ${link} up`)
  if (gateway !== undefined) ip(namespace, `route add default via ${gateway}`)
}

/** A bridge between machines, with these addresses of its own. */
export function createWire(...addresses: readonly string[]): { readonly name: string; readonly remove: () => void } {
  const name = freshName()
  createNamespace(name)
  ip(name, 'link add wire type bridge')
  for (const address of addresses) ip(name, `address add ${address} dev wire`)
  ip(name, 'link set wire up')
  return { name, remove: () => deleteNamespace(name) }
}

const ip = (namespace: string, words: string): string =>
  execFileSync('ip', ['-n', namespace, ...words.split(' ')], { encoding: 'utf8' })

const freshName = (): string => `damask-test-${process.pid}-${randomBytes(4).toString('hex')}`

function tryRead(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // not there yet
  }
}
