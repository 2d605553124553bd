// The images that every node of a test cluster has from the start; pods want `imagePullPolicy: Never`.
import { writeImageArchive } from './image-archive.ts'
import { PAUSE_IMAGE } from './kubelet-config.ts'
import type { Programs } from './programs/build-programs.ts'

/** `/web`, see programs/pods/web/main.go; without arguments it serves. */
export const WEB_IMAGE = 'localhost/web:1'
export const COREDNS_IMAGE = 'localhost/coredns:1'

export function writeStockImages(file: string, { pause, web, coredns }: Programs): void {
  writeImageArchive(file, [
    { name: PAUSE_IMAGE, files: { '/pause': pause }, command: ['/pause'] },
    { name: WEB_IMAGE, files: { '/web': web }, command: ['/web', 'serve'] },
    { name: COREDNS_IMAGE, files: { '/coredns': coredns }, command: ['/coredns'] },
  ])
}
