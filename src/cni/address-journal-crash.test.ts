// What a crash leaves of the journal: it is cut at every byte that was not synced yet.
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { parsePrefix } from '../model/index.ts'
import { type AddressJournal, type JournalOptions, openAddressJournal } from './address-journal.ts'
import { addressesOf, attachment, listOf, podOf } from './journal.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'damask-journal-crash-'))
let path = ''
let count = 0
beforeEach(() => {
  path = join(folder, `${count++}.journal`)
})
const opened: AddressJournal[] = []
afterEach(async () => {
  for (const journal of opened.splice(0)) await journal.close().catch(() => {}) // closed by the test
})
afterAll(() => rmSync(folder, { recursive: true }))

async function open(options: Omit<JournalOptions, 'path'> = {}): Promise<AddressJournal> {
  const journal = await openAddressJournal({ path, ...options })
  opened.push(journal)
  return journal
}

// Five pods, and room for five in IPv4: each address comes round again soon.
const SMALL = [parsePrefix('10.244.11.0/29'), parsePrefix('fd44:11::/64')]
const allocate = async (journal: AddressJournal, containerId: string): Promise<string[]> =>
  addressesOf(await journal.allocate({ pod: podOf(containerId), prefixes: SMALL, reserved: [] }))

type Step =
  | { readonly kind: 'add' | 'del'; readonly ids: readonly number[] }
  | { readonly kind: 'crash'; readonly ids: readonly number[]; readonly cut: number }

const ids = fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 3 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), ids }),
  fc.record({ kind: fc.constant('del' as const), ids }),
  fc.record({ kind: fc.constant('crash' as const), ids, cut: fc.double({ min: 0, max: 1, noNaN: true }) }),
)

test('after a crash at any byte past the last sync, no address is given twice and none is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40, size: 'max' }),
      fc.integer({ min: 2, max: 20 }),
      async (steps, compactFromLines) => {
        path = join(folder, `${count++}.journal`)
        const options = { compactFromLines }
        let journal = await open(options)
        /** What the runtime was told. */
        const told = new Map<string, string[]>()
        for (const { kind, ids, ...rest } of steps) {
          if (kind === 'del') await Promise.all(ids.map((id) => release(journal, told, `c${id}`)))
          else {
            const before = { ...statSync(path) }
            const acknowledged = new Map(told)
            await Promise.all(ids.map((id) => toggle(journal, told, `c${id}`, kind)))
            if (kind === 'crash') {
              await journal.close()
              const after = statSync(path)
              const cut = 'cut' in rest ? rest.cut : 0
              // A rewritten file came whole, by a rename.
              if (after.ino === before.ino)
                truncateSync(path, before.size + Math.floor((after.size - before.size) * cut))
              journal = await open(options)
              agreeAfterCrash(journal, acknowledged, told)
            }
          }
          expect(listOf(journal)).toEqual(Object.fromEntries(told))
          const given = [...told.values()].flat()
          expect(new Set(given).size).toBe(given.length)
        }
        await journal.close()
        rmSync(path)
      },
    ),
    { numRuns: 60 },
  )
})

test('whatever was not yet answered when it crashed is there whole, or not at all', async () => {
  const journal = await open()
  await allocate(journal, 'a')
  const before = statSync(path).size
  await Promise.all(['b', 'c', 'd'].map((id) => allocate(journal, id)))
  await journal.close()
  const bytes = readFileSync(path)
  for (let length = before; length <= bytes.length; length++) {
    writeFileSync(path, bytes.subarray(0, length))
    const again = await open()
    const expected = length === bytes.length ? ['a', 'b', 'c', 'd'] : ['a']
    const listed = Object.keys(listOf(again))
    expect([expected, ['a'], ['a', 'b']]).toContainEqual(listed)
    await again.close()
  }
})

async function release(journal: AddressJournal, told: Map<string, string[]>, id: string): Promise<void> {
  expect(await journal.release(attachment(id))).toBe(told.delete(id))
}

/** In a crash some come while others go. */
async function toggle(journal: AddressJournal, told: Map<string, string[]>, id: string, kind: string): Promise<void> {
  if (told.has(id)) {
    if (kind === 'crash') await release(journal, told, id)
  } else told.set(id, await allocate(journal, id))
}

/** The runtime was not told of the last operations: each stands, or does not. It learns which by asking again. */
function agreeAfterCrash(
  journal: AddressJournal,
  before: ReadonlyMap<string, string[]>,
  told: Map<string, string[]>,
): void {
  const found = listOf(journal)
  for (const id of new Set([...before.keys(), ...told.keys(), ...Object.keys(found)])) {
    expect([before.get(id), told.get(id)]).toContainEqual(found[id])
    const addresses = found[id]
    if (addresses) told.set(id, addresses)
    else told.delete(id)
  }
}
