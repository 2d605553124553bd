import { expect, onTestFinished, test, vi } from 'vitest'
import { scratchNamespace } from '../../../test/scratch-namespace.ts'
import { parsePrefix } from '../../model/index.ts'
import { raiseRouteStorm } from '../route-storm.fixture.ts'
import { RTM_NEWLINK, tryLinkRecord } from '../rtnetlink/link-message.ts'
import { openRtnetlink } from '../rtnetlink.ts'
import { openMonitor, ROUTE_GROUPS } from './monitor.ts'

function watched(groups: readonly number[]) {
  const { handle, run } = scratchNamespace()
  const rtnetlink = openRtnetlink(handle)
  const events: { name: string | undefined; type: number }[] = []
  const onOverrun = vi.fn()
  const unreadable: unknown[] = []
  const monitor = openMonitor({
    namespace: handle,
    groups,
    onOverrun,
    onUnreadable: (error) => unreadable.push(error),
    onMessage: (received) => {
      const name = received.type === RTM_NEWLINK ? tryLinkRecord(received)?.name : undefined
      if (name === 'poison') throw new Error('a decoder choked')
      events.push({ name, type: received.type })
    },
  })
  onTestFinished(() => {
    monitor.close()
    rtnetlink.close()
  })
  return { rtnetlink, events, onOverrun, unreadable, monitor, run }
}

test('what another program does is heard at once', async () => {
  const { events, run } = watched([ROUTE_GROUPS.link])
  run('ip', 'link', 'add', 'br7', 'type', 'bridge')
  await expect.poll(() => events.map(({ name }) => name)).toContain('br7')
})

test('what cannot be decoded is told, and what comes after it is heard', async () => {
  const { events, unreadable, run } = watched([ROUTE_GROUPS.link])
  run('ip', 'link', 'add', 'poison', 'type', 'bridge')
  await expect.poll(() => unreadable).toContainEqual(new Error('a decoder choked'))
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
  raiseRouteStorm(rtnetlink)
  onOverrun.mockImplementation(() => {
    events.length = 0
    rtnetlink.addRoute({ to: parsePrefix('10.0.0.0/8'), type: 'unreachable' })
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
