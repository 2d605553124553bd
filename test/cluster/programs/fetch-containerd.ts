// Debian's containerd and runc, taken apart in the cache of the user's: nothing of them is installed, and a containerd of the machine
// is left alone.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../run.ts'
import { CACHE } from './cache-folder.ts'

const PACKAGES = ['containerd', 'runc']

/** The folders with their programs. */
export async function fetchContainerd(): Promise<readonly string[]> {
  const target = join(CACHE, 'debian', 'containerd')
  if (!existsSync(target)) {
    mkdirSync(join(CACHE, 'debian'), { recursive: true })
    await run(['flock', `${target}.lock`, 'sh', '-euc', FETCH, 'fetch', target, ...PACKAGES])
  }
  return ['usr/bin', 'usr/sbin'].map((folder) => join(target, folder))
}

// As another user apt could not write to the folder, and says so; it then goes on as root. Its list of packages may be missing, or so
// old that what it names is not offered any more.
const FETCH = `
target=$1; shift
[ ! -e "$target" ] || exit 0
fresh=$(mktemp -d "$target.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
cd "$fresh"
download() { apt-get download -qq -o APT::Sandbox::User=root "$@"; }
download "$@" || { apt-get update -qq; download "$@"; }
for archive in *.deb; do dpkg-deb -x "$archive" tree; done
mv tree "$target"
`
