// Keys that are not there: of machines whose file has none, and of peers that no file is of.
import { containsPrefix, type PublicKey } from '../model/index.ts'
import type { Peer } from './config.ts'
import type { Draft } from './finding.ts'
import type { Use } from './key-use.ts'
import type { Device, Mesh } from './mesh.ts'
import { listed, shortKey } from './words.ts'

const SETS_A_KEY = /private-key|setconf|addconf|syncconf/

export const unreadableKeys = ({ devices }: Mesh): readonly Draft[] =>
  devices.flatMap(({ config, machine, publicKey, isKeyInferred }): Draft[] => {
    if (!isKeyInferred) return []
    const taken =
      publicKey === undefined
        ? 'who reaches it cannot be told'
        : `it is taken for the owner of ${shortKey(publicKey)}, as no other machine has that key`
    const isUnread = config.unread.has('privatekey')
    if (isUnread || config.hooks.some(({ value }) => SETS_A_KEY.test(value)))
      return [
        {
          severity: 'note',
          code: 'cannot-be-told',
          place: config.place,
          what: `${machine} has no PrivateKey ${isUnread ? 'that can be read' : 'in its file'}: ${taken}`,
        },
      ]
    return [
      {
        severity: 'warning',
        code: 'private-key',
        place: config.place,
        what: `${machine} has no PrivateKey, nor a command that sets one; ${taken}`,
        follows: 'no handshake with it succeeds, unless the key was only taken out of this copy',
        write: 'PrivateKey = what wg genkey prints; or PostUp = wg set %i private-key /etc/wireguard/%i.key',
      },
    ]
  })

/** Told once a key, however many files wait for it. */
export function placeholder(key: PublicKey, [first, ...rest]: readonly Use[]): readonly Draft[] {
  if (first === undefined) return []
  return [
    {
      severity: 'warning',
      code: 'placeholder',
      place: first.key.place,
      what: `${key} stands where the public key of ${key.slice(1)} is due`,
      follows: 'wg-quick refuses a file with it',
      write: `what wg pubkey prints on ${key.slice(1)}, wherever ${key} stands`,
      related: rest.map(({ device, key: { place } }) => ({ place, what: `in the file of ${device.machine}` })),
    },
  ]
}

/** The file of the machine may just not be here, as that of a phone. */
export function keyOfNobody({ devices }: Mesh, key: PublicKey, uses: readonly Use[]): readonly Draft[] {
  const [first, ...rest] = uses
  // It may be that of a machine whose file cannot be read.
  const isOfUnread = devices.some(({ publicKey, config }) => publicKey === undefined && config.unread.has('privatekey'))
  if (first === undefined || isOfUnread) return []
  const draft: Draft = {
    severity: 'warning',
    code: 'unknown-key',
    place: first.key.place,
    what: `nobody in this folder has the key ${key}`,
    follows: 'whether that peer is reached cannot be told',
    write: 'the key of a machine, or put its file into the folder',
    related: rest.map(({ device, key: { place } }) => ({ place, what: `in the file of ${device.machine}` })),
    subjects: uses.map(({ peer }) => peer),
    origins: uses.map(({ peer }) => peer),
  }
  const lacking = devices.filter(
    (device) =>
      device.publicKey !== undefined && !uses.some((use) => use.device === device) && !reaches(device, first.peer),
  )
  if (uses.length < 2 || lacking.length > 1 || devices.length < 3) return [draft]
  const names = listed(uses.map(({ device }) => device.machine))
  return [
    draft,
    ...lacking.map(
      ({ config, machine }): Draft => ({
        severity: 'warning',
        code: 'forgotten',
        place: config.place,
        what: `${names} have the peer ${shortKey(key)}, and ${machine} does not`,
        follows: `that peer does not reach ${machine}`,
        write: `the same [Peer] as in ${first.key.place.file}, line ${first.peer.place.line}`,
      }),
    ),
  ]
}

const reaches = ({ allowed }: Device, { allowed: theirs }: Peer): boolean =>
  theirs.some(({ value }) => allowed.some(({ prefix }) => containsPrefix(prefix, value.prefix)))
