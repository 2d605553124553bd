// Where wireguard-go is looked for: what `make wireguard-go` built, or an image brought, comes before what the system has.
import { join } from 'node:path'
import { PROGRAM_FOLDERS } from '../linux/index.ts'
import { packageFolder } from './package-folder.ts'

export const wireguardPrograms = (): readonly string[] => [
  join(packageFolder(import.meta.dirname), 'dist'),
  ...PROGRAM_FOLDERS,
]
