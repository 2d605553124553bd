// What the kernel unpacks into memory when it boots: busybox, the modules without which it sees no file of the host, `init`, and where
// all else is.
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { KernelImage } from './kernel-image.ts'

/** In this order, each behind those that it needs. */
const MODULES = ['virtio_pci', 'virtio_console', 'virtiofs', 'overlay']

export type Job = {
  /** The project's folder, there as here. */
  readonly project: string
  /** A line for the shell: what is started; when it ends, so does the machine. */
  readonly start: string
}

/** Writes it to `path`; beside it a folder is needed for a moment. */
export function writeInitialRamDisk(path: string, kernel: KernelImage, { project, start }: Job): void {
  const root = `${path}.tree`
  mkdirSync(join(root, 'bin'), { recursive: true })
  mkdirSync(join(root, 'modules'))
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'))
  cpSync(join(import.meta.dirname, 'guest/init'), join(root, 'init'))
  chmodSync(join(root, 'init'), 0o755)
  writeFileSync(join(root, 'job'), `PROJECT='${project}'\nMODULES='${kernel.modules}'\nSTART='${start}'\n`)
  for (const [index, file] of modulesOf(kernel).entries()) {
    const name = basename(file).replace(/\.xz$/, '')
    const bytes = file.endsWith('.xz') ? execFileSync('xz', ['-dc', file], { maxBuffer: 1 << 26 }) : readFileSync(file)
    writeFileSync(join(root, 'modules', `${String(index).padStart(2, '0')}-${name}`), bytes)
  }
  const list = execFileSync('find', ['.'], { cwd: root })
  const archive = execFileSync('/bin/busybox', ['cpio', '-o', '-H', 'newc'], {
    cwd: root,
    input: list,
    maxBuffer: 1 << 28,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  writeFileSync(path, gzipSync(archive, { level: 1 }))
  rmSync(root, { recursive: true })
}

function modulesOf({ release, modules }: KernelImage): readonly string[] {
  const base = dirname(dirname(modules))
  const files = new Set<string>()
  for (const module of MODULES) {
    const text = execFileSync('modprobe', ['-d', base, '-S', release, '--show-depends', module], { encoding: 'utf8' })
    for (const [, file = ''] of text.matchAll(/^insmod (\S+)/gm)) files.add(file)
  }
  return [...files]
}
