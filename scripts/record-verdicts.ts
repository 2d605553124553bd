// Chooses, of labs that were kept (VERDICT_KEEP of test/verdicts/verdicts.test.ts), those that test/unit/recorded-verdicts.test.ts judges
// again, and puts them into test/verdicts/recorded in place of those that are there: node scripts/record-verdicts.ts FOLDER
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keptNumbers, packEvidence, tryKeptEvidence } from '../test/verdicts/evidence-file.ts'
import { evidenceTraits } from '../test/verdicts/evidence-traits.ts'

const TARGET = fileURLToPath(new URL('../test/verdicts/recorded/', import.meta.url))
const MOST_BYTES = 240_000
/** They are judged in a second or two. */
const MOST_LABS = 48
/** A trait that was seen so often is worth nothing more. */
const TIMES = 3

type Candidate = { readonly number: number; readonly traits: ReadonlySet<string>; readonly packed: Buffer }

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('which folder? node scripts/record-verdicts.ts FOLDER')
const candidates: Candidate[] = []
for (const number of keptNumbers(folder)) {
  const evidence = tryKeptEvidence(folder, number)
  if (evidence)
    candidates.push({ number, traits: await evidenceTraits(evidence), packed: packEvidence(folder, number) })
}
if (candidates.length === 0) throw new Error(`no lab is kept in ${folder}: lab-NUMBER.json is what VERDICT_KEEP writes`)

const seen = new Map<string, number>()
/** The first of a trait is worth more than all that come later. */
const worthOf = ({ traits, packed }: Candidate): number => {
  let worth = 0
  for (const trait of traits) worth += [1000, 10, 1][Math.min(seen.get(trait) ?? 0, TIMES)] ?? 0
  return worth / packed.length
}
const chosen: Candidate[] = []
let bytes = 0
const left = new Set(candidates)
while (left.size > 0 && chosen.length < MOST_LABS) {
  const best = [...left].reduce((a, b) => (worthOf(b) > worthOf(a) ? b : a))
  left.delete(best)
  if (worthOf(best) === 0) break
  if (bytes + best.packed.length > MOST_BYTES) continue
  chosen.push(best)
  bytes += best.packed.length
  for (const trait of best.traits) seen.set(trait, (seen.get(trait) ?? 0) + 1)
}

rmSync(TARGET, { recursive: true, force: true })
mkdirSync(TARGET, { recursive: true })
for (const { number, packed } of chosen) writeFileSync(join(TARGET, `lab-${number}.json.br`), packed)
const all = new Set(candidates.flatMap(({ traits }) => [...traits]))
console.log(`${chosen.length} of ${candidates.length} labs, ${bytes} bytes, ${seen.size} of ${all.size} traits`)
