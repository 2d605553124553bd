// Whoever reads a page and types its commands, on a machine of his own, which reaches the others by ssh.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PlainMachine } from './plain-machine.ts'

export type PageReader = {
  /** In one shell for all; what is printed. Throws where it fails. */
  readonly type: (command: string) => string
}

export type PageReaderOptions = {
  /** Has `home`, where he sits, and `bin`, for the programs that stand in for ssh and scp. */
  readonly folder: string
  /** What git.example.org has. */
  readonly server: string
  readonly machines: readonly PlainMachine[]
}

const CLONE = join(import.meta.dirname, '../..')

export function openReader({ folder, server, machines }: PageReaderOptions): PageReader {
  const home = join(folder, 'home')
  const env = {
    PATH: `${folder}/bin:${CLONE}/bin:${process.env.PATH}`,
    HOME: home,
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.org',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.org',
  }
  const put = (name: string, text: string): void =>
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  put('scp', 'to=$2; exec ssh "$(echo "$to" | cut -d: -f1)" "cat > $(echo "$to" | cut -d: -f2)$1" < "$1"')
  let cwd = home
  return {
    type(command) {
      // A machine that was started anew is entered another way.
      put('ssh', sshText(server, machines))
      const words = ['--norc', '-euc', `${command}\npwd > ${folder}/cwd`]
      const { stdout, stderr, status } = spawnSync('bash', words, { encoding: 'utf8', cwd, env })
      if (status !== 0) throw new Error(`${command}\nended with ${status}: ${stdout}${stderr}`)
      cwd = readFileSync(join(folder, 'cwd'), 'utf8').trim()
      return stdout
    },
  }
}

/** As a shell script: the machines and the forge by their names, as root, in its home folder. */
function sshText(server: string, machines: readonly PlainMachine[]): string {
  const places = machines.map(({ name, enter }) => `  ${name}) set -- ${enter().join(' ')} ;;`)
  return `set -eu
while :; do
  case $1 in
    -l | -o) shift 2 ;;
    -*) shift ;;
    *) break ;;
  esac
done
host=\${1#*@}
shift
words=$*
case $host in
  git.example.org) cd ${server}; exec sh -c "$words" ;;
${places.join('\n')}
  *) echo "ssh: there is no $host" >&2; exit 255 ;;
esac
exec "$@" env HOME=/root sh -c "cd; $words"`
}
