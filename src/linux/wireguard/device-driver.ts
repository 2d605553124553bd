// The kernel's WireGuard where there is one, else wireguard-go. The module may come while we run, and a device that wireguard-go
// made before stays its own, also for the agents after us: so each device is spoken to as what it is.
import { codeOf } from '../system-error.ts'
import type { WireguardDriver, WireguardImplementation } from './device-settings.ts'
import { tryKernelWireguard } from './kernel-wireguard.ts'
import { removeAnyway } from './throw-away-peer.ts'
import { openWireguardGo, type WireguardGoOptions } from './wireguard-go.ts'

export type DeviceDriver = WireguardDriver & {
  /** Of devices made from now on. */
  implementation(): WireguardImplementation
}

export type DeviceDriverOptions = WireguardGoOptions & {
  /** Left out: whichever is there. */
  readonly implementation?: WireguardImplementation | undefined
}

export function openDeviceDriver(options: DeviceDriverOptions): DeviceDriver {
  const { implementation, namespace } = options
  const go = openWireguardGo(options)
  const tryKernel = (): WireguardDriver | undefined =>
    implementation === 'wireguard-go' ? undefined : tryKernelWireguard(namespace)
  let kernel = tryKernel()
  if (kernel === undefined && implementation === 'kernel') throw new Error('this kernel has no WireGuard')

  async function speak<T>(ask: (driver: WireguardDriver) => Promise<T>): Promise<T> {
    if (kernel === undefined) return ask(go)
    try {
      return await ask(kernel)
    } catch (error) {
      if (codeOf(error) !== 'EOPNOTSUPP') throw error // the link is there, and is none of the kernel's WireGuard
      return ask(go)
    }
  }

  return {
    implementation: () => (kernel === undefined ? 'wireguard-go' : 'kernel'),
    async createLink(name, mtuBytes) {
      kernel ??= tryKernel()
      await (kernel ?? go).createLink(name, mtuBytes)
    },
    read: (link) => speak((driver) => driver.read(link)),
    write: removeAnyway((link, settings) => speak((driver) => driver.write(link, settings))),
    close: () => kernel?.close(),
  }
}
