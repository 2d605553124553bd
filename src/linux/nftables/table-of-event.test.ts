import { expect, test } from 'vitest'
import { eachMessage } from '../netlink/message.ts'
import { readerOf } from '../netlink/reader.ts'
import { tableOfEvent } from './table-of-event.ts'

/** A notification as the kernel sends it; `name` is its first attribute. */
function tableOf(type: number, family: number, name: string): string | undefined {
  const text = [...Buffer.from(name), 0]
  const padding = Array((4 - (text.length % 4)) % 4).fill(0)
  const body = [family, 0, 0, 1, text.length + 4, 0, 1, 0, ...text, ...padding]
  const bytes = Uint8Array.of(body.length + 16, 0, 0, 0, type & 0xff, type >> 8, 0, 0, ...Array(8).fill(0), ...body)
  let table: string | undefined
  eachMessage(readerOf(bytes), bytes.length, (received) => {
    table = tableOfEvent(received)
    return true
  })
  return table
}

const NFT = 10 << 8

test.each([
  ['NFT_MSG_NEWTABLE', 0],
  ['NFT_MSG_DELTABLE', 2],
  ['NFT_MSG_NEWCHAIN', 3],
  ['NFT_MSG_DELRULE', 8],
  ['NFT_MSG_DELSET', 11],
  ['NFT_MSG_DELSETELEM', 14],
])('%s names the table it is about, with its family', (_, type) => {
  expect(tableOf(NFT | type, 1, 'damask')).toBe('inet damask')
  expect(tableOf(NFT | type, 2, 'damask')).toBe('ip damask')
})

test('the end of a transaction, and messages of another subsystem, are about no table', () => {
  expect(tableOf(NFT | 15, 0, 'damask')).toBeUndefined() // NFT_MSG_NEWGEN
  expect(tableOf(1 << 8, 1, 'damask')).toBeUndefined() // NFNL_SUBSYS_CTNETLINK
})
