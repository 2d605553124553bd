// Properties are tried on the same random input at every run: what fails was broken by the change at hand, and fails again. Other
// input: LAW_SEED=random, or a number; `make test-long` does.
import fc from 'fast-check'

const { LAW_SEED = '20261121' } = process.env

if (LAW_SEED !== 'random') {
  const seed = Number(LAW_SEED)
  if (!Number.isSafeInteger(seed)) throw new Error(`LAW_SEED is ${LAW_SEED}; write a whole number, or random`)
  fc.configureGlobal({ seed })
}
