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
      fabric: { encapsulate: 'cross-subnet' },
    })
  })

  test.each([
    [{ apiServer: '203.0.113.10' }, /--api-server 203\.0\.113\.10 is not .* write it as https:/],
    [{ apiServer: 'http://203.0.113.10:6443' }, /write it as https:/],
    [{ image: '' }, /--image "" is not the name of an image/],
    [{ pullSecret: ['registry', 'My_Secret'] }, /--pull-secret "My_Secret" is not the name of a Secret/],
    [{ metricsPort: '70000' }, /--metrics-port 70000 is not a port; expected 1 to 65535/],
    [{ metricsPort: '0' }, /--metrics-port 0 is not a port/],
    [{ cniBinDir: 'opt/cni' }, /--cni-bin-dir opt\/cni is not a folder of the nodes; write its whole path/],
    [{ cniConfigDir: 'net.d' }, /--cni-config-dir net\.d is not a folder/],
  ])('%j is refused with what to write', (options, message) => {
    expect(() => chosenSettings(options, before)).toThrow(message)
  })

  test('is checked as agents will check it, before any cluster is asked', () => {
    checkOptions({ podPrefix: ['10.42.0.0/16'], mtu: '1400' })
    // The fabric of the Network that is there may be one for it.
    checkOptions({ encapsulate: 'cross-subnet' })
    expect(() => checkOptions({ fabric: 'direct', encapsulate: 'always' })).toThrow(
      /encapsulate is of no use with the kind direct; say --fabric vxlan/,
    )
    expect(() => checkOptions({ podPrefix: ['10.0.0.0/8'], servicePrefix: ['fd00::/112', '10.43.0.0/16'] })).toThrow(
      /the range 10\.0\.0\.0\/8 of pods meets the range 10\.43\.0\.0\/16 of services/,
    )
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
