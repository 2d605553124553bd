import { expect, test } from 'vitest'
import { observeRules } from './observed-rule.ts'
import { systemError } from './system-error.ts'

test('a kernel without policy rules is not taken for one that has none yet: there all routes stand in the main table', () => {
  const rules = (): never => {
    throw systemError('cannot read the rules', 97 /* EAFNOSUPPORT */)
  }
  expect(() => observeRules({ rtnetlink: { rules }, namespace: undefined })).toThrow(
    'cannot read the rules: EOPNOTSUPP - this kernel has no policy rules for IPv4; take one with CONFIG_IP_MULTIPLE_TABLES',
  )
})
