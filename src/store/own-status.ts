// The status that an agent wrote into its own folder, beside one of the same node that was handed round with the documents (plain
// machines: `damask node init` prints it). The one handed round is what all nodes plan with, so it counts here too.
import { basename, dirname } from 'node:path'
import type { ParsedFile } from './parsed-file.ts'

type File = { readonly parsed: ParsedFile }

/** The same files, without such statuses. */
export function withoutOwnStatuses<StoreFile extends File>(
  files: ReadonlyMap<string, StoreFile>,
): ReadonlyMap<string, StoreFile> {
  const own = new Map<string, string>()
  const handedRound = new Set<string>()
  for (const [path, { parsed }] of files) {
    for (const { resource } of parsed.resources) {
      if (resource.kind !== 'NodeStatus') continue
      if (isOwnStatus(path, resource.value.name, parsed)) own.set(resource.value.name, path)
      else handedRound.add(resource.value.name)
    }
  }
  const left = [...own].flatMap(([name, path]) => (handedRound.has(name) ? [path] : []))
  return left.length === 0 ? files : new Map([...files].filter(([path]) => !left.includes(path)))
}

/** `status/<node>.yaml`, with nothing else in it. */
const isOwnStatus = (path: string, name: string, { resources }: ParsedFile): boolean =>
  resources.length === 1 && basename(path) === `${name}.yaml` && basename(dirname(path)) === 'status'
