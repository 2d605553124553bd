// The machine itself: what is asked for runs there, and what comes of it comes back.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openGuest } from './guest.ts'
import { type Guest, PROJECT } from './machine.ts'

let guest: Guest
beforeAll(async () => {
  guest = await openGuest()
})
afterAll(() => guest.close())

const shell = (script: string): readonly string[] => ['sh', '-c', script]

test('runs another kernel than this one, one of Debian 12', async () => {
  const { stdout } = await guest.run(['uname', '-r'])
  expect(stdout).toMatch(/^6\.1\.0-\d+-cloud-amd64\n$/)
})

test.each([0, 1, 7, 255])('carries exit code %i', async (code) => {
  expect(await guest.run(shell(`exit ${code}`))).toMatchObject({ exitCode: code, signal: null })
})

test('carries the signal by which a command ended', async () => {
  expect(await guest.run(shell('kill -TERM $$'))).toMatchObject({ exitCode: null, signal: 'SIGTERM' })
})

test('keeps standard output and standard error apart, and carries input, folder and environment', async () => {
  const script = 'cat; pwd; echo "$COLOUR" >&2'
  const options = { folder: '/usr', environment: { COLOUR: 'blue' }, input: 'what is read\n' }
  expect(await guest.run(shell(script), options)).toEqual({
    exitCode: 0,
    signal: null,
    stdout: 'what is read\n/usr\n',
    stderr: 'blue\n',
  })
})

test('carries 20 MB whole', async () => {
  const line = `${'0123456789'.repeat(10)}\n`
  const { stdout } = await guest.run(shell(`yes ${line.trim()} | head -c 20000000`))
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
  expect(stdout.length).toBe(20_000_000)
  expect(digest(stdout)).toBe(digest(line.repeat(200_000).slice(0, 20_000_000)))
})

test('runs many at once', async () => {
  const numbers = Array.from({ length: 20 }, (_, number) => `${number}`)
  const ends = await Promise.all(numbers.map((number) => guest.run(shell(`sleep 0.2; echo ${number}`))))
  expect(ends.map(({ stdout }) => stdout.trim())).toEqual(numbers)
})

test('ends what takes too long, with all that it started, and says what it had said', async () => {
  const script = 'echo begun; sleep 987654 & wait'
  await expect(guest.run(shell(script), { limitMilliseconds: 3000 })).rejects.toThrow(
    /did not end within 3000 ms:\nbegun/,
  )
  await expect.poll(async () => (await guest.run(['pgrep', '-f', '^sleep 987654'])).exitCode).toBe(1)
})

test('says what cannot be started', async () => {
  await expect(guest.run(['no-such-program'])).rejects.toThrow(
    'cannot start no-such-program: spawn no-such-program ENOENT',
  )
})

test('ends what a connection left when the next one begins', async () => {
  void guest.run(['sleep', '876543']).catch(() => {})
  await guest.close()
  guest = await openGuest()
  await expect.poll(async () => (await guest.run(['pgrep', '-f', '^sleep 876543'])).exitCode).toBe(1)
})

test('shows the project and the host as they are here, and keeps what is written to itself', async () => {
  const { stdout } = await guest.run(['cat', 'package.json'])
  expect(JSON.parse(stdout)).toMatchObject({ name: 'damask' })
  for (const path of ['/etc/damask-vm-test', join(PROJECT, 'damask-vm-test')]) {
    expect(await guest.run(shell(`echo written > ${path} && cat ${path}`))).toMatchObject({ stdout: 'written\n' })
    expect(existsSync(path)).toBe(false)
  }
})

test.each(['wireguard', 'ipip', 'vxlan', 'sch_netem', 'esp4'])('has the module %s', async (module) => {
  expect(await guest.run(['modprobe', module])).toMatchObject({ exitCode: 0 })
})
