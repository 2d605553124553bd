// The entries of a state as facts.
import type { Entry } from '../../model/index.ts'
import { constant, type Fact, member } from './fact.ts'
import { factsOfFilter } from './filter-facts.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { HopNames } from './hop-names.ts'
import type { Things } from './things.ts'

export function factsOfEntry(things: Things, hopName: HopNames, part: readonly Entry[], entry: Entry): readonly Fact[] {
  switch (entry.kind) {
    case 'sysctl':
      return [constant(`sysctl ${entry.key} ${entry.value}`)]
    case 'link': {
      const { name, type, mtuBytes, hardwareAddress, isDown } = entry
      const named = [
        ...('local' in type ? [things.ofAddress(type.local)] : []),
        ...(hardwareAddress === undefined ? [] : [things.ofHardwareAddress(hardwareAddress)]),
      ]
      const rest = JSON.stringify({ ...type, local: undefined })
      return [
        {
          form: fingerprintOf(`link ${name} ${rest} ${mtuBytes} ${isDown} ${hardwareAddress === undefined}`),
          things: named,
        },
      ]
    }
    case 'address':
      return [{ form: fingerprintOf(`address ${entry.link}`), things: [things.ofAddress(entry.address)] }]
    case 'rule': {
      const { because: _, ownTo, ...rest } = entry
      const form = JSON.stringify(rest)
      return [ownTo === undefined ? constant(form) : member(things, `${form} to`, ownTo)]
    }
    case 'filter-table':
      return factsOfFilter(things, entry)
    case 'wireguard-device': {
      const { link, listenPort, mark, publicKey } = entry
      return [
        { form: fingerprintOf(`device ${link} ${listenPort} ${mark}`), things: [things.ofText(`key ${publicKey}`)] },
      ]
    }
    case 'wireguard-peer': {
      const { link, publicKey, endpoint, allowedIps, keepaliveSeconds } = entry
      const key = things.ofText(`key ${publicKey}`)
      const named = endpoint === undefined ? [key] : [key, things.ofAddress(endpoint.address)]
      const form = fingerprintOf(`allowed ${link}`)
      const table = `allowed ${link}`
      return [
        { form: fingerprintOf(`peer ${link} ${endpoint?.port} ${keepaliveSeconds}`), things: named },
        ...allowedIps.map((prefix) => ({ form, things: [key], prefix: things.ofPrefix(prefix), table })),
      ]
    }
    case 'neighbour': {
      const named = [things.ofAddress(entry.address), things.ofHardwareAddress(entry.hardwareAddress)]
      return [{ form: fingerprintOf(`neighbour ${entry.link}`), things: named }]
    }
    case 'fdb': {
      const named = [things.ofHardwareAddress(entry.hardwareAddress), things.ofAddress(entry.remote)]
      return [{ form: fingerprintOf(`fdb ${entry.link}`), things: named }]
    }
    case 'next-hop': {
      const name = hopName(part, entry.id)
      const via = entry.via === undefined ? [] : [things.ofAddress(entry.via)]
      return [{ form: fingerprintOf(`next hop ${name.form} ${entry.link}`), things: [...name.things, ...via] }]
    }
    case 'next-hop-group': {
      const name = hopName(part, entry.id)
      const members = entry.members.map((id) => hopName(part, id))
      const form = `group ${name.form} of ${members.map((one) => one.form).join()}`
      return [{ form: fingerprintOf(form), things: [...name.things, ...members.flatMap((one) => one.things)] }]
    }
    case 'route': {
      const { table, to, target, source } = entry
      const from = source === undefined || source === 'gateway-address' ? [] : [things.ofAddress(source)]
      const by = source === undefined ? '' : source === 'gateway-address' ? source : 'source'
      const key = { prefix: things.ofPrefix(to), table: `table ${table}` }
      switch (target.kind) {
        case 'next-hop-object': {
          const name = hopName(part, target.id)
          return [
            { form: fingerprintOf(`route ${table} ${by} ${name.form}`), things: [...name.things, ...from], ...key },
          ]
        }
        case 'via': {
          const links = target.hops.map(({ link, onlink }) => `${link} ${onlink}`).join()
          const vias = target.hops.map(({ via }) => things.ofAddress(via))
          return [{ form: fingerprintOf(`route ${table} ${by} via ${links}`), things: [...vias, ...from], ...key }]
        }
        default:
          return [{ form: fingerprintOf(`route ${table} ${by} ${JSON.stringify(target)}`), things: from, ...key }]
      }
    }
  }
}
