// What stands where in the image, in two layers: one that seldom changes, and the program.
import { readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { debianPackages, debianTree, libraryTree, sharedLibraries } from './oci-libraries.ts'
import {
  DOC,
  file,
  folder,
  koffiLibrary,
  LIB,
  link,
  type ProgramTreeInput,
  programTree,
  type TreeEntry,
  text,
} from './program-tree.ts'

export type ImageTreeInput = ProgramTreeInput & { readonly wireguardGo: string }

export type LayerTree = { readonly comment: string; readonly entries: readonly TreeEntry[] }

/** From the lowest layer to the highest. */
export function imageTree(input: ImageTreeInput): readonly LayerTree[] {
  return [
    { comment: 'Node, libraries of Debian, wireguard-go', entries: baseTree(input) },
    { comment: 'Damask', entries: ourTree(input) },
  ]
}

function baseTree({ root, built, architecture, wireguardGo }: ImageTreeInput): readonly TreeEntry[] {
  const node = join(built, 'node')
  const koffi = join(root, 'node_modules', koffiLibrary(architecture))
  const libraries = sharedLibraries([node, koffi, wireguardGo], architecture)
  return [
    ...['dev', 'proc', 'run', 'sys'].map((path) => folder(path)),
    folder('tmp', 0o1777),
    link('var/run', '../run'),
    text('etc/passwd', 'root:x:0:0:root:/:/usr/sbin/nologin\n'),
    text('etc/group', 'root:x:0:\n'),
    // Without it glibc asks the name servers before the runtime's /etc/hosts.
    text('etc/nsswitch.conf', 'hosts: files dns\n'),
    // The authorities of Mozilla's list that Node trusts without being told; here for whoever mounts his own over them.
    text('etc/ssl/certs/ca-certificates.crt', `${rootCertificates.join('\n')}\n`),
    file(`${LIB}/node`, node, 0o755),
    // The agent looks for it beside the bundle.
    file(`${LIB}/dist/wireguard-go`, wireguardGo, 0o755),
    ...libraryTree(libraries, architecture),
    ...debianTree(debianPackages(libraries), architecture),
    ...readdirSync(COMMON_LICENCES).map((name) =>
      file(`${COMMON_LICENCES.slice(1)}/${name}`, realpathSync(join(COMMON_LICENCES, name))),
    ),
    text(`${DOC}/licenses/wireguard-go`, WIREGUARD_GO_LICENCE),
  ]
}

function ourTree(input: ImageTreeInput): readonly TreeEntry[] {
  return [
    text('usr/bin/damask', COMMAND, 0o755),
    ...programTree(input),
    // `damask cni install` looks for it here, and copies it to the host.
    file(`${LIB}/dist/damask-cni`, join(input.built, 'damask-cni'), 0o755),
  ]
}

/** The texts that the packages' copyright files speak of. */
const COMMON_LICENCES = '/usr/share/common-licenses'

/** For `kubectl exec … damask status`. The flags of the entry point are an agent's: a short command needs none. */
const COMMAND = `#!/${LIB}/node
import('/${LIB}/dist/damask.js')
`

const WIREGUARD_GO_LICENCE = `wireguard-go, https://git.zx2c4.com/wireguard-go
Copyright (C) 2017-2025 WireGuard LLC. All Rights Reserved.

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR
ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`
