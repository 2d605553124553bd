// `damask cidr`: arithmetic on prefixes, by the same strict rules by which resources are read.
import { Command, Option } from 'commander'
import {
  containsPrefix,
  formatAddress,
  formatPrefix,
  hostPrefix,
  lastAddress,
  mergePrefixes,
  nthAddress,
  overlaps,
  type Prefix,
  parsePrefix,
  prefixSize,
  subtractPrefixes,
  tryAddress,
} from '../model/index.ts'

export type CidrCommandOptions = {
  /** Takes what the command says, without a newline at its end. */
  readonly print: (text: string) => void
  /** 0: it is so; 1: it is not; 2: the input is wrong. */
  readonly setExitCode: (code: number) => void
}

type Output = { readonly output: 'text' | 'json' }

/** What a subcommand found: a truth also decides the exit code. */
type Answer = boolean | readonly string[] | Readonly<Record<string, string | number>>

export function cidrCommand({ print, setExitCode }: CidrCommandOptions): Command {
  const cidr = new Command('cidr').description('arithmetic on prefixes')

  /** Adds `-o`, and answers: or says in one sentence what is wrong with the input. */
  function answer<Operands extends unknown[]>(
    command: Command,
    compute: (...operands: Operands) => Answer,
    example: string,
  ): void {
    command
      .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
      .addHelpText('after', `\nExample:\n${example.replace(/^/gm, '  ')}`)
      .action((...operands) => {
        try {
          const found = compute(...(operands as Operands))
          const isJson = command.opts<Output>().output === 'json'
          // Nothing is left: no line, so that loops over the lines have nothing to do.
          if (isJson || !Array.isArray(found) || found.length > 0) print(isJson ? JSON.stringify(found) : textOf(found))
          setExitCode(found === false ? 1 : 0)
        } catch (error) {
          rootOf(command)
            .configureOutput()
            .writeErr?.(`${error instanceof Error ? error.message : error}\n`)
          setExitCode(2)
        }
      })
  }

  answer(
    cidr.command('show').description('first and last address and size of a prefix').argument('<prefix>'),
    (text: string) => show(parsePrefix(text)),
    '$ damask cidr show 10.4.0.0/14\nprefix 10.4.0.0/14\nfamily 4\nfirst  10.4.0.0\nlast   10.7.255.255\nsize   262144',
  )
  answer(
    cidr
      .command('contains')
      .description('whether the outer prefix holds all of the inner; exit code 0 or 1')
      .argument('<outer>')
      .argument('<inner>', 'a prefix or an address'),
    (outer: string, inner: string) => containsPrefix(parsePrefix(outer), parsePrefixOrAddress(inner)),
    '$ damask cidr contains 10.0.0.0/8 10.4.0.0/14\ntrue',
  )
  answer(
    cidr
      .command('overlaps')
      .description('whether two prefixes share an address; exit code 0 or 1')
      .argument('<a>')
      .argument('<b>'),
    (a: string, b: string) => overlaps(parsePrefix(a), parsePrefix(b)),
    '$ damask cidr overlaps 10.0.0.0/8 fd00::/8\nfalse',
  )
  answer(
    cidr
      .command('subtract')
      .description('the fewest prefixes that hold the first less the others, or all of them less those of --less')
      .argument('<prefix...>')
      .option('--less <prefix...>', 'prefixes to take away'),
    subtract,
    '$ damask cidr subtract 10.0.0.0/14 10.1.0.0/16\n10.0.0.0/16\n10.2.0.0/15\n' +
      '$ damask cidr subtract 10.0.0.0/16 10.1.0.0/16 --less 10.0.0.0/17\n10.0.128.0/17\n10.1.0.0/16',
  )
  answer(
    cidr.command('merge').description('the fewest prefixes that hold the same addresses').argument('<prefix...>'),
    (texts: readonly string[]) => mergePrefixes(parsePrefixes(texts)).map(formatPrefix),
    '$ damask cidr merge 10.1.0.0/16 10.0.0.0/16 10.0.3.0/24\n10.0.0.0/15',
  )
  answer(
    cidr
      .command('nth')
      .description('an address of a prefix by its number; 0 is the first')
      .argument('<prefix>')
      .argument('<n>'),
    (prefix: string, n: string) => [formatAddress(nthAddress(parsePrefix(prefix), parseCount(n)))],
    '$ damask cidr nth 10.4.1.0/24 1\n10.4.1.1',
  )
  return cidr
}

function rootOf(command: Command): Command {
  let root = command
  while (root.parent !== null) root = root.parent
  return root
}

function textOf(found: Answer): string {
  if (typeof found === 'boolean') return String(found)
  if (isList(found)) return found.join('\n')
  return Object.entries(found)
    .map(([name, value]) => `${name.padEnd(6)} ${value}`)
    .join('\n')
}

const isList = (found: object): found is readonly string[] => Array.isArray(found)

const show = (prefix: Prefix): Answer => ({
  prefix: formatPrefix(prefix),
  family: prefix.family,
  first: formatAddress(prefix),
  last: formatAddress(lastAddress(prefix)),
  // Text, because it may be beyond what a JSON number holds.
  size: String(prefixSize(prefix)),
})

function subtract(texts: readonly string[], { less }: { readonly less?: readonly string[] }): Answer {
  const prefixes = parsePrefixes(texts)
  if (less === undefined && prefixes.length < 2) {
    throw new Error(`there is nothing to take away from ${texts.join(' ')}; name a second prefix, or use --less`)
  }
  const [kept, cut] = less === undefined ? [prefixes.slice(0, 1), prefixes.slice(1)] : [prefixes, parsePrefixes(less)]
  return subtractPrefixes(kept, cut).map(formatPrefix)
}

const parsePrefixes = (texts: readonly string[]): Prefix[] => texts.map(parsePrefix)

function parsePrefixOrAddress(text: string): Prefix {
  const address = tryAddress(text)
  return address === undefined ? parsePrefix(text) : hostPrefix(address)
}

function parseCount(text: string): bigint {
  if (!/^\d+$/.test(text))
    throw new Error(`"${text}" is not the number of an address; write a decimal number, 0 for the first`)
  return BigInt(text)
}
