// What a lab leaves on the machine while it stands, and must not leave behind: of one lab, as others may run beside it.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** `name`: that of the Lab; `id`: the digits in its namespaces, where they are known. */
export function tracesOf(name: string, id = 'no-id'): string[] {
  const isOfLab = (text: string): boolean => text.includes(name) || text.includes(`dmk-${id}-`)
  return [
    ...listed('/run/netns').filter(isOfLab),
    ...listed('/run/damask-lab').filter((folder) => folder.startsWith(name) || folder === `.${id}`),
    ...read('/proc/self/mountinfo').split('\n').filter(isOfLab),
    ...listed('/proc')
      .filter((pid) => /^\d+$/.test(pid) && isProcessOf(pid, isOfLab))
      .map(describeProcess),
    ...tracesAtHome(),
  ]
}

/** By its words, or by where it stands: whatever ran in a node sees the node's folders mounted. */
const isProcessOf = (pid: string, isOfLab: (text: string) => boolean): boolean =>
  pid !== String(process.pid) &&
  [`/proc/${pid}/cmdline`, `/proc/${pid}/mountinfo`].some((file) => isOfLab(ofLabs(read(file))))

// The machine's own namespace shows all labs' namespaces as mounts: who merely sees those is not of a lab.
const ofLabs = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.includes(' nsfs '))
    .join('\n')

const describeProcess = (pid: string): string => `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`

/** What a lab would have put into the network that it was started in: there is never anything. */
function tracesAtHome(): string[] {
  const lines = [
    ...said('ip', '-o', 'link').filter((line) => /^\d+: (damask|dmk)/.test(line)),
    ...['-4', '-6'].flatMap((family) => said('ip', family, 'rule').filter((line) => /lookup 21[89]\b/.test(line))),
    ...said('nft', 'list', 'tables').filter((line) => /\bdamask\b/.test(line)),
  ]
  return lines.map((line) => `in the network of the tests: ${line}`)
}

const said = (program: string, ...words: readonly string[]): string[] =>
  execFileSync(program, words, { encoding: 'utf8' }).split('\n')
const listed = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // gone meanwhile
  }
}
