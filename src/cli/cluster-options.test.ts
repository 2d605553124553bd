import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { choose, refuseClusterOptions } from './cluster-options.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damask-options-'))
  writeFileSync(join(folder, 'a'), '')
  writeFileSync(join(folder, 'b'), '')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('which cluster is meant', () => {
  test('the kubeconfig that is named, there or not', () => {
    expect(choose({ kubeconfig: '/none', context: 'it' }, join(folder, 'a'))).toEqual({
      kubeconfig: '/none',
      context: 'it',
    })
  })

  test('else those of the usual ones that are there', () => {
    const usual = ['a', 'none', 'b'].map((name) => join(folder, name)).join(':')
    expect(choose({ apiServer: 'https://203.0.113.10:6443' }, usual)).toEqual({
      kubeconfig: `${join(folder, 'a')}:${join(folder, 'b')}`,
      server: 'https://203.0.113.10:6443',
    })
  })

  test('else a proxy that shows its own credentials', () => {
    expect(choose({ apiServer: 'http://127.0.0.1:8001' }, '/none')).toEqual({ server: 'http://127.0.0.1:8001' })
  })

  test.each([{}, { apiServer: 'https://203.0.113.10:6443' }, { context: 'it' }])('else none, of %o', (options) => {
    expect(() => choose(options, '/none')).toThrow(
      'nothing says which cluster: there is no kubeconfig at /none; name one by --kubeconfig FILE or the variable KUBECONFIG',
    )
  })
})

test('options of a cluster need --kubernetes', () => {
  expect(refuseClusterOptions({ context: 'it' })).toContain('they go with --kubernetes')
  expect(refuseClusterOptions({ context: 'it', kubernetes: true })).toBeUndefined()
  expect(refuseClusterOptions({})).toBeUndefined()
})
