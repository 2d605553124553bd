// What the image is called, and how it starts: the one place where both are said.
import type { Architecture } from './program-build.ts'
import { LIB } from './program-tree.ts'

const IMAGE_REPOSITORY = 'damask.dev/damask'

/** By which runtimes know it. `version`: of package.json. */
export const imageName = (version: string): string => `${IMAGE_REPOSITORY}:${version}`

/** There is no shell: Node is started directly, as bin/damask starts it for an agent. */
export const ENTRYPOINT: readonly string[] = [
  `/${LIB}/node`,
  '--max-semi-space-size=1',
  '--expose-gc',
  `/${LIB}/dist/damask.js`,
]

export type ImageDescription = {
  readonly version: string
  readonly architecture: Architecture
  /** When it is said to be made. */
  readonly epochSeconds: number
}

export type ImageLayer = {
  readonly comment: string
  /** A gzipped tar. */
  readonly file: string
  readonly bytes: number
  readonly digest: string
  /** Of the tar inside. */
  readonly diffId: string
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md */
export function imageConfig({ version, architecture, epochSeconds }: ImageDescription, layers: readonly ImageLayer[]) {
  const created = new Date(epochSeconds * 1000).toISOString()
  return {
    created,
    architecture: architecture.debian, // Debian and Go agree on these names
    os: 'linux',
    config: {
      Env: ['PATH=/usr/bin'],
      Entrypoint: ENTRYPOINT,
      Cmd: ['--help'],
      WorkingDir: '/',
      Labels: {
        'org.opencontainers.image.title': 'damask',
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.licenses': 'Apache-2.0',
      },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ comment }) => ({ created, created_by: 'scripts/build-image.ts', comment })),
  }
}
