import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { scratchNamespace } from '../../test/scratch-namespace.ts'
import { readSysctl, useSysctlFolder } from './sysctl.ts'

/** What a container runtime does: a /proc of its own whose sys is read-only, and the machine's sys at another place. */
const AS_CONTAINER = `
mount --make-rprivate / && mount --bind /proc/sys "$PLACE" && mount -t proc proc /proc &&
mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && exec "$NODE" --input-type=module -e "$PROGRAM"`

const PROGRAM = `
import { openNamespace } from '${import.meta.dirname}/namespace.ts'
import { readSysctl, useSysctlFolder, writeSysctl } from '${import.meta.dirname}/sysctl.ts'
const [first, second] = process.env.NAMESPACES.split(' ').map(openNamespace)
const key = 'net/ipv4/ip_forward'
let refusal
try { writeSysctl(first, key, '1') } catch ({ code }) { refusal = code }
useSysctlFolder(process.env.PLACE)
writeSysctl(first, key, '1')
writeSysctl(second, 'net/ipv4/conf/lo/rp_filter', '2')
console.log(JSON.stringify([refusal, readSysctl(first, key), readSysctl(second, key), readSysctl(first, 'net/ipv4/conf/lo/rp_filter')]))
`

test('where /proc/sys is read-only, settings of each namespace are written through the one of the machine that is mounted elsewhere', () => {
  const [first, second] = [scratchNamespace(), scratchNamespace()]
  const place = join(mkdtempSync(join(tmpdir(), 'damask-sysctl-')), 'sys')
  onTestFinished(() => rmSync(join(place, '..'), { recursive: true }))
  mkdirSync(place)
  const output = execFileSync('unshare', ['--mount', '--pid', '--fork', 'sh', '-c', AS_CONTAINER], {
    encoding: 'utf8',
    env: {
      ...process.env,
      PLACE: place,
      NODE: process.execPath,
      PROGRAM,
      NAMESPACES: `${first.name} ${second.name}`,
    },
  })
  expect(JSON.parse(output)).toEqual(['EROFS', '1', '0', '0'])
  expect(readSysctl(first.handle, 'net/ipv4/ip_forward')).toBe('1')
  expect(readSysctl(second.handle, 'net/ipv4/ip_forward')).toBe('0')
  expect(readSysctl(second.handle, 'net/ipv4/conf/lo/rp_filter')).toBe('2')
})

test('a folder that holds no settings is refused, and what it is for is said', () => {
  expect(() => useSysctlFolder('/tmp')).toThrow("mount the machine's /proc/sys there")
})
