// A folder (or file) of the host in a pod: the volume and where it is mounted, which are two lists to Kubernetes.

export type HostFolder = {
  readonly name: string
  readonly hostPath: string
  /** Left out: where it is on the host. */
  readonly mountPath?: string
  /** Left out: a folder that must be there. */
  readonly type?: 'DirectoryOrCreate' | 'CharDevice'
  /** What is mounted there later on the host is seen too. */
  readonly seesLaterMounts?: true
}

export const volumesOf = (folders: readonly HostFolder[]) =>
  folders.map(({ name, hostPath, type = 'Directory' }) => ({ name, hostPath: { path: hostPath, type } }))

export const mountsOf = (folders: readonly HostFolder[]) =>
  folders.map(({ name, hostPath, mountPath = hostPath, seesLaterMounts }) => ({
    name,
    mountPath,
    ...(seesLaterMounts && { mountPropagation: 'HostToContainer' }),
  }))

export const STATE: HostFolder = { name: 'state', hostPath: '/var/lib/damask', type: 'DirectoryOrCreate' }
export const RUN: HostFolder = { name: 'run', hostPath: '/run/damask', type: 'DirectoryOrCreate' }
/** A container's own /proc/sys is read-only; this one is, under net, of whichever network namespace looks at it. */
export const PROC_SYS: HostFolder = { name: 'proc-sys', hostPath: '/proc/sys', mountPath: '/host/proc/sys' }
/** Where wireguard-go makes its sockets, of one container and looked at from another: /var/run is a link to /run in the image. */
export const SOCKETS: HostFolder = {
  name: 'sockets',
  hostPath: '/run/damask/wireguard',
  mountPath: '/run/wireguard',
  type: 'DirectoryOrCreate',
}
