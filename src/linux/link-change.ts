// Links of ours made, set and removed.
import { type Change, type Link, LINK_GROUP } from '../model/index.ts'
import type { Rtnetlink } from './rtnetlink.ts'
import { codeOf, systemError } from './system-error.ts'

/** Where WireGuard links come from: the kernel, or wireguard-go. */
export type WireguardLinks = {
  createLink(name: string): Promise<void>
  deleteLink(name: string): Promise<void>
}

export async function applyLink(rtnetlink: Rtnetlink, wireguard: WireguardLinks, change: Change & { readonly entry: Link }): Promise<void> {
  const { entry, op } = change
  if (op === 'delete') await (entry.type.kind === 'wireguard' ? wireguard : { deleteLink: rtnetlink.deleteLinkAsync }).deleteLink(entry.name)
  else if (op === 'create') await createLink(rtnetlink, wireguard, entry)
  else setUp(rtnetlink, entry, change.observed)
}
