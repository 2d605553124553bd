import type { Because } from '../model/index.ts'

/** One, and then others. Without a spread: behind that an array keeps room for sixteen more, and there are thousands of routes. */
export const reasons = (first: Because, others: readonly Because[]): readonly Because[] => [first].concat(others)
