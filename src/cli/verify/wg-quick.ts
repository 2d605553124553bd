// `damask verify --wg-quick`: reads the files, has them judged, and prints what was found.
import { publicKeyOf } from '../../linux/index.ts'
import { hasErrors, judgeConfigs } from '../../wg-quick/index.ts'
import type { Terminal } from '../terminal.ts'
import { readConfigFiles } from './wg-quick-files.ts'
import { judgementText } from './wg-quick-text.ts'

export async function verifyWgQuick(folder: string, output: 'text' | 'json', terminal: Terminal): Promise<void> {
  const files = await readConfigFiles(folder)
  if (typeof files === 'string') {
    terminal.printError(files)
    terminal.setExitCode(2)
    return
  }
  const judgement = judgeConfigs(files, publicKeyOf)
  terminal.print(output === 'json' ? JSON.stringify(judgement, undefined, 2) : judgementText(judgement, terminal.paint))
  terminal.setExitCode(hasErrors(judgement.findings) ? 1 : 0)
}
