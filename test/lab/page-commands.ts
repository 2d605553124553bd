// The commands of a page of documentation, so that a test can type them as they are written there.

export type PageCommand = {
  /** Without its prompt; with the lines that follow it, of a here-document for one. */
  readonly text: string
  /** From 1. */
  readonly line: number
}

const PROMPT = /^ {4}admin\$ /

/** By the title of the section; where one has several ways (`### By git`), what is common and the way that is asked for. */
export function commandsOf(page: string, way: string): ReadonlyMap<string, readonly PageCommand[]> {
  const sections = new Map<string, PageCommand[]>()
  let commands: PageCommand[] = []
  let isOtherWay = false
  for (const [index, text] of page.split('\n').entries()) {
    const title = /^## (.*)/.exec(text)?.[1]
    if (title !== undefined) {
      commands = []
      sections.set(title, commands)
      isOtherWay = false
    } else if (text.startsWith('### ')) isOtherWay = text !== `### By ${way}`
    else if (isOtherWay || !text.startsWith('    ')) continue
    else if (PROMPT.test(text)) commands.push({ text: text.replace(PROMPT, ''), line: index + 1 })
    else {
      const last = commands.pop()
      if (last === undefined) throw new Error(`line ${index + 1} of the page follows no command: ${text}`)
      commands.push({ ...last, text: `${last.text}\n${text.slice(4)}` })
    }
  }
  return sections
}
