import { countOf } from '../../render/index.ts'

/** Where a pair has no place to go to. */
export const OUTSIDE = '(outside)'

export const restText = (count: number, noun: string): string => `  and ${countOf(count, noun)} more; --all shows all`
