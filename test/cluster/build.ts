// Vitest's set-up of the suites in test clusters: clusters whose tests were killed are gone, the image is that of these sources, and their
// programs are being built, where nobody has yet, while other suites run. Who needs them waits for them.
import { buildImage } from './built-image.ts'
import { sweepAbandonedClusters } from './cluster-record.ts'
import { buildPrograms } from './programs/build-programs.ts'

export default async function build(): Promise<() => Promise<void>> {
  await sweepAbandonedClusters()
  buildImage()
  // The first suite that asks for them is told what went wrong.
  const programs = buildPrograms().catch(() => {})
  return async () => {
    await programs
  }
}
