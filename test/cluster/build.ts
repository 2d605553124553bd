// Vitest's set-up of the suites in test clusters: their programs are there before the first of them, and clusters whose tests were
// killed are gone.
import { buildImage } from './built-image.ts'
import { sweepAbandonedClusters } from './cluster-record.ts'
import { buildPrograms } from './programs/build-programs.ts'

export default async function build(): Promise<void> {
  await sweepAbandonedClusters()
  await buildPrograms()
  buildImage()
}
