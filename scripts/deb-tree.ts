// What stands where in the Debian package.
import { join } from 'node:path'
import { DOC, file, folder, LIB, link, type ProgramTreeInput, programTree, type TreeEntry } from './program-tree.ts'

const UNITS = ['damask.service', 'damask-pull.service', 'damask-pull.timer']

export function debTree(input: ProgramTreeInput): readonly TreeEntry[] {
  const { root, built } = input
  const packaging = join(root, 'packaging')
  const entries: TreeEntry[] = [
    file('usr/bin/damask', join(packaging, 'damask'), 0o755),
    file(`${LIB}/node`, join(built, 'node'), 0o755),
    ...programTree(input),
    // `damask lab` looks for both here.
    link(`${LIB}/dist/damask-cni`, '../../cni/damask'),
    link(`${LIB}/bin/damask`, '../../../bin/damask'),
    file('usr/lib/cni/damask', join(built, 'damask-cni'), 0o755),
    ...UNITS.map((unit) => file(`usr/lib/systemd/system/${unit}`, join(packaging, unit))),
    folder('etc/damask'),
    file('etc/default/damask', join(packaging, 'default')),
    file('etc/systemd/networkd.conf.d/damask.conf', join(packaging, 'networkd.conf')),
    file('etc/NetworkManager/conf.d/damask.conf', join(packaging, 'networkmanager.conf')),
    packed('usr/share/man/man8/damask.8.gz', join(packaging, 'damask.8')),
    packed(`${DOC}/changelog.gz`, join(root, 'CHANGELOG.md')),
    ...['plain-machines.md', 'on-a-host.md', 'wireguard.md'].map((name) =>
      file(`${DOC}/${name}`, join(root, 'docs', name)),
    ),
    file(`${DOC}/examples/four-clouds.yaml`, join(root, 'examples/four-clouds.yaml')),
  ]
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

const packed = (path: string, from: string): TreeEntry => ({ path, mode: 0o644, content: { kind: 'packed', from } })
