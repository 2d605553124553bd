import { expect, onTestFinished, test, vi } from 'vitest'
import { scratchNamespace } from '../../../test/scratch-namespace.ts'
import { parsePrefix } from '../../model/index.ts'
import { RTM_NEWLINK, tryLinkRecord } from '../rtnetlink/link-message.ts'
import { openRtnetlink } from '../rtnetlink.ts'
import { openMonitor, ROUTE_GROUPS } from './monitor.ts'

function watched(groups: readonly number[]) {
  const { handle, run } = scratchNamespace()
  const rtnetlink = openRtnetlink(handle)
  const events: { name: string | undefined; type: number }[] = []
  const onOverrun = vi.fn()
  const monitor = openMonitor({
    namespace: handle,
    groups,
    onOverrun,
    onMessage: (received) =>
      events.push({
        name: received.type === RTM_NEWLINK ? tryLinkRecord(received)?.name : undefined,
        type: received.type,
      }),
  })
  onTestFinished(() => {
    monitor.close()
    rtnetlink.close()
  })
  return { rtnetlink, events, onOverrun, monitor, run }
}

test('what another program does is heard at once', async () => {
  const { events, run } = watched([ROUTE_GROUPS.link])
  run('ip', 'link', 'add', 'br7', 'type', 'bridge')
  await expect.poll(() => events.map(({ name }) => name)).toContain('br7')
})

test('a thousand events come, all of them', async () => {
  const { rtnetlink, events, onOverrun } = watched([ROUTE_GROUPS.link])
  for (let round = 0; round < 500; round++) {
    rtnetlink.setLink('lo', { isUp: true })
    rtnetlink.setLink('lo', { isUp: false })
  }
  await expect.poll(() => events.length).toBeGreaterThanOrEqual(1000)
  expect(onOverrun).not.toHaveBeenCalled()
})

test('where the kernel had to drop events, it is said once it delivers again, and what comes then is heard', async () => {
  const { rtnetlink, onOverrun, events } = watched([ROUTE_GROUPS.ipv4Route])
  const to = parsePrefix('10.0.0.0/8')
  for (let round = 0; round < 12_000; round++) {
    rtnetlink.addRoute({ to, type: 'unreachable' })
    rtnetlink.deleteRoute({ to })
  }
  onOverrun.mockImplementation(() => {
    events.length = 0
    rtnetlink.addRoute({ to, type: 'unreachable' })
  })
  await expect.poll(() => onOverrun.mock.calls.length).toBe(1)
  await expect.poll(() => events.length).toBe(1)
})

test('after it is closed nothing comes any more, and it can be closed again', async () => {
  const { rtnetlink, events, monitor } = watched([ROUTE_GROUPS.link])
  rtnetlink.addBridge({ name: 'a' })
  monitor.close()
  monitor.close()
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(events).toEqual([])
})
