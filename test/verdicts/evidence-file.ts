// What labs showed, kept in files: other verdicts on the same packets then take no labs (a change of the verifier, its mutants).
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
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
  return existsSync(path) ? parseEvidence(readFileSync(path, 'utf8')) : undefined
}

/** Numbers of the labs that are kept in a folder, ascending. */
export function keptNumbers(folder: string): number[] {
  const numbers = readdirSync(folder).flatMap((name) => /^lab-(\d+)\.json$/.exec(name)?.[1] ?? [])
  return numbers.map(Number).sort((a, b) => a - b)
}

/** As it is recorded in the project: a fiftieth of the size. */
export const packEvidence = (folder: string, number: number): Buffer =>
  brotliCompressSync(readFileSync(pathOf(folder, number)))

export const readPackedEvidence = (path: string): Evidence =>
  parseEvidence(brotliDecompressSync(readFileSync(path)).toString())

const parseEvidence = (text: string): Evidence =>
  JSON.parse(text, (key, value) => {
    // Words of addresses are signed; those that were recorded first were not.
    if (/^w[0-3]$/.test(key)) return value | 0
    return Array.isArray(value?.map) ? new Map(value.map) : value
  })
