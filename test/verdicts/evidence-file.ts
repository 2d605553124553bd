// What labs showed, kept in files: other verdicts on the same packets then take no labs (a change of the verifier, its mutants).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Evidence } from './judge.ts'

const pathOf = (folder: string, number: number): string => join(folder, `lab-${number}.json`)

export function keepEvidence(folder: string, number: number, evidence: Evidence): void {
  mkdirSync(folder, { recursive: true })
  const text = JSON.stringify(evidence, (_, value) => (value instanceof Map ? { map: [...value] } : value))
  writeFileSync(pathOf(folder, number), text)
}

/** Undefined of a number that is not there. */
export function tryKeptEvidence(folder: string, number: number): Evidence | undefined {
  const path = pathOf(folder, number)
  if (!existsSync(path)) return undefined
  return JSON.parse(readFileSync(path, 'utf8'), (_, value) => (Array.isArray(value?.map) ? new Map(value.map) : value))
}
