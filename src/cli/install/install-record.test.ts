import { describe, expect, test } from 'vitest'
import { recordObject, tryRecord } from './install-record.ts'
import { defaultSettings } from './install-settings.ts'

const settings = { ...defaultSettings('1.2.3'), apiServer: 'https://203.0.113.10:6443', pullSecrets: ['a'] }

describe('the record of an installation', () => {
  test('is read as it was written', () => {
    expect(tryRecord(recordObject({ version: '1.2.3', settings }))).toEqual({ version: '1.2.3', settings })
  })

  test('of an older version has the defaults for what that did not know', () => {
    const { metricsPort: _, ...older } = settings
    const data = { version: '1.2.3', settings: JSON.stringify(older) }
    expect(tryRecord({ metadata: { name: 'damask-install' }, data })?.settings).toEqual(settings)
  })

  test.each([undefined, {}, { version: '1.2.3', settings: '{' }])('is none where it is %j', (data) => {
    expect(tryRecord({ metadata: { name: 'damask-install' }, data })).toBeUndefined()
  })
})
