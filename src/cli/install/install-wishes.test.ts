import { describe, expect, test } from 'vitest'
import { defaultSettings } from './install-settings.ts'
import { checkOptions, chosenNetwork, chosenSettings } from './install-wishes.ts'

const before = { ...defaultSettings('1.0.0'), pullSecrets: ['registry'], apiServer: 'https://203.0.113.10:6443' }

describe('what is said at the command line', () => {
  test('changes what it names, and leaves what was said the last time', () => {
    expect(chosenSettings({ image: 'other:2' }, before)).toEqual({ ...before, image: 'other:2' })
    expect(chosenSettings({ admissionPolicy: true }, { ...before, hasAdmissionPolicy: false }).hasAdmissionPolicy).toBe(
      false,
    )
    expect(chosenSettings({ admissionPolicy: false }, before).hasAdmissionPolicy).toBe(false)
  })

  test('says of the Network only what was said', () => {
    expect(chosenNetwork({})).toEqual({})
    expect(chosenNetwork({ mtu: 'auto', gatewaysPerSite: '2' })).toEqual({ mtu: 'auto', gatewaysPerSite: 2 })
    expect(chosenNetwork({ siteLabel: 'example.com/cloud' })).toEqual({
      sites: { by: 'label', label: 'example.com/cloud' },
    })
    expect(chosenNetwork({ encapsulate: 'cross-subnet' })).toEqual({
      fabric: { kind: 'direct', encapsulate: 'cross-subnet' },
    })
  })

  test.each([
    [{ apiServer: '203.0.113.10' }, /--api-server 203\.0\.113\.10 is not .* write it as https:/],
    [{ apiServer: 'http://203.0.113.10:6443' }, /write it as https:/],
  ])('%j is refused with what to write', (options, message) => {
    expect(() => chosenSettings(options, before)).toThrow(message)
  })

  test('is checked as agents will check it, before any cluster is asked', () => {
    checkOptions({ podPrefix: ['10.42.0.0/16'], mtu: '1400' })
    expect(() => checkOptions({ podPrefix: ['10.42.0.1/16'] })).toThrow(/has host bits set/)
    expect(() => checkOptions({ gatewaysPerSite: '17' })).toThrow(
      /gatewaysPerSite is 17; expected a whole number from 1 to 16/,
    )
  })

  test.each([
    [{ mtu: '1.5' }, /--mtu 1\.5 is not a whole number/],
    [{ siteBy: 'node', siteLabel: 'x' } as const, /--site-label is of no use with --site-by node/],
  ])('%j is refused', (options, message) => {
    expect(() => chosenNetwork(options)).toThrow(message)
  })
})
