// The internet of a lab: one router between the clouds, with the meter and the listener.
import { createNamespace, openNftables } from '../linux/index.ts'
import type { Layout } from './layout.ts'
import { type Heard, LISTENER_TABLE, listenerText, readListener } from './listener.ts'
import { METER_TABLE, type Meter, meterText, readMeter } from './meter.ts'
import { setUpRouter, within } from './within.ts'

/** Before the clouds, so that it hears and counts from the first packet on. */
export async function buildInternet(layout: Layout): Promise<void> {
  createNamespace(layout.internet)
  await within(layout.internet, async (opened) => {
    setUpRouter(opened)
    const nftables = openNftables(opened.namespace)
    try {
      await nftables.run(listenerText(layout))
      await nftables.run(meterText(layout.clouds))
    } finally {
      nftables.close()
    }
  })
}

/** What has crossed until now. */
export async function readInternet(layout: Layout): Promise<{ readonly meter: Meter; readonly heard: Heard }> {
  return within(layout.internet, async ({ namespace }) => {
    const nftables = openNftables(namespace)
    try {
      // Whole tables, one at a time: nft 1.0.6 loses its way when it lists two things in one transaction.
      const list = (name: string) => nftables.runJson([{ list: { table: { family: 'inet', name } } }])
      return {
        meter: readMeter(layout.clouds, await list(METER_TABLE)),
        heard: readListener(await list(LISTENER_TABLE)),
      }
    } finally {
      nftables.close()
    }
  })
}
