// What runs on which kernel: in `make test` a selection, in `make test-long` every combination.
import { IS_WHOLE } from '../pairwise.ts'
import { KERNEL_LINES, type KernelLine } from './kernel-image.ts'

export const KERNELS = Object.keys(KERNEL_LINES) as readonly KernelLine[]

/** What runs in one machine: cases that follow each other, so that it is booted once. */
export type OnKernel<T> = { readonly kernel: KernelLine; readonly cases: readonly T[] }

/** In the selection. */
export type Choose<T> = (one: T, index: number) => readonly KernelLine[]

export function onKernels<T>(cases: readonly T[], choose: Choose<T>, isWhole = IS_WHOLE): readonly OnKernel<T>[] {
  const chosen = (kernel: KernelLine): readonly T[] =>
    isWhole ? cases : cases.filter((one, index) => choose(one, index).includes(kernel))
  return KERNELS.map((kernel) => ({ kernel, cases: chosen(kernel) })).filter((one) => one.cases.length > 0)
}

/** Each once; neighbours on different kernels. */
const inTurn = (_: unknown, index: number): readonly KernelLine[] =>
  KERNELS.filter((_, turn) => index % KERNELS.length === turn)

/** Every other one once; those on different kernels in turn. */
export const everyOther = (_: unknown, index: number): readonly KernelLine[] =>
  index % 2 === 0 ? inTurn(_, index / 2) : []

export const onOldest = (): readonly KernelLine[] => ['oldest']
