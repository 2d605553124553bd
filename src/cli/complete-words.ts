// Finds what could stand at the end of an unfinished command line, from the same commands and options that parse it.
import type { Argument, Command, Option } from 'commander'
import { FILES, FOLDERS } from './completion-script.ts'

/** Names that the machine or the files on the command line know. */
export type NameSources = {
  readonly labs: () => Promise<readonly LabNames[]>
  readonly nodesIn: (files: readonly string[]) => Promise<readonly string[]>
}

export type LabNames = { readonly lab: string; readonly nodes: readonly string[]; readonly pods: readonly string[] }

type Candidate = { readonly value: string; readonly about?: string | undefined }

/** A candidate a line, after a tab what it is; or that file names are wanted. The last word is the unfinished one. */
export async function completeWords(
  words: readonly string[],
  root: Command,
  names: NameSources,
): Promise<readonly string[]> {
  const unfinished = words.at(-1) ?? ''
  const place = placeOf(words.slice(0, -1), root)
  const found = await candidatesAt(place, unfinished, names)
  if (typeof found === 'string') return [found]
  return found
    .filter(({ value }) => value.startsWith(unfinished))
    .map(({ value, about = '' }) => (about === '' ? value : `${value}\t${about}`))
}

type Place = {
  readonly command: Command
  /** Words that are neither commands nor options. */
  readonly operands: readonly string[]
  /** Whose value comes next. */
  readonly option?: Option | undefined
  readonly isAfterDashes: boolean
}

function placeOf(words: readonly string[], root: Command): Place {
  let place: Place = { command: root, operands: [], isAfterDashes: false }
  for (const word of words) place = placeAfter(place, word)
  return place
}

function placeAfter({ command, operands, option, isAfterDashes }: Place, word: string): Place {
  if (isAfterDashes) return { command, operands: [...operands, word], isAfterDashes }
  if (option !== undefined) return { command, operands, isAfterDashes }
  if (word === '--') return { command, operands, isAfterDashes: true }
  if (word.startsWith('-')) {
    const known = optionsOf(command).find(({ short, long }) => word === short || word === long)
    return { command, operands, isAfterDashes, option: known?.required ? known : undefined }
  }
  // `help` stands before the name of a command, and has no other word after it.
  if (word === 'help' && command.commands.length > 0) return { command, operands, isAfterDashes }
  const child = operands.length === 0 ? command.commands.find((each) => each.name() === word) : undefined
  return child === undefined
    ? { command, operands: [...operands, word], isAfterDashes }
    : { command: child, operands, isAfterDashes }
}

/** Those of the command that are shown, and those that stand for all commands. */
const optionsOf = (command: Command): readonly Option[] => {
  const options = command.createHelp().visibleOptions(command)
  const { parent } = command
  return parent === null ? options : [...options, ...optionsOf(parent).filter(({ long }) => long === '--color')]
}

type Found = readonly Candidate[] | typeof FILES | typeof FOLDERS

async function candidatesAt(place: Place, unfinished: string, names: NameSources): Promise<Found> {
  const { command, operands, option, isAfterDashes } = place
  if (option !== undefined) return valuesOf(option, '', place, names)
  if (!isAfterDashes && unfinished.startsWith('-')) {
    const [flag = '', value] = unfinished.split('=', 2)
    const given = optionsOf(command).find(({ long }) => long === flag)
    if (value !== undefined) return given === undefined ? [] : valuesOf(given, `${flag}=`, place, names)
    return optionsOf(command).flatMap(({ long, description }) =>
      long === undefined ? [] : [{ value: long, about: description }],
    )
  }
  if (command.commands.length > 0 && operands.length === 0) {
    const commands = command.createHelp().visibleCommands(command)
    return commands.map((each) => ({ value: each.name(), about: each.description() }))
  }
  if (command.name() === 'help')
    return candidatesAt({ ...place, command: command.parent ?? command }, unfinished, names)
  const { registeredArguments } = command
  const last = registeredArguments.at(-1)
  const argument = registeredArguments[operands.length] ?? (last?.variadic ? last : undefined)
  return argument === undefined ? [] : operandsFor(argument, place, names)
}

async function valuesOf(option: Option, before: string, place: Place, names: NameSources): Promise<Found> {
  const { argChoices, flags, long } = option
  if (argChoices !== undefined) return argChoices.map((choice) => ({ value: `${before}${choice}` }))
  if (/<(file|path)/.test(flags)) return FILES
  if (/<folder/.test(flags)) return FOLDERS
  if (long !== '--node') return []
  return (await names.nodesIn(filesAmong(place))).map((node) => ({ value: `${before}${node}` }))
}

/** Operands that are files; before them others may stand. */
const filesAmong = ({ command, operands }: Place): readonly string[] =>
  operands.slice(
    Math.max(
      0,
      command.registeredArguments.findIndex((argument) => /^(file|path)/.test(argument.name())),
    ),
  )

async function operandsFor(argument: Argument, { command, operands }: Place, names: NameSources): Promise<Found> {
  if (argument.argChoices !== undefined) return argument.argChoices.map((value) => ({ value }))
  if (/^(file|path)/.test(argument.name())) return FILES
  if (argument.name() === 'folder') return FOLDERS
  return command.parent?.name() === 'lab' ? labOperands(argument, operands, await names.labs()) : []
}

/** `[name]` is a lab; `<words...>` begin with a lab, which may be left out where there is one alone, and a node or pod. */
function labOperands(argument: Argument, [first, ...rest]: readonly string[], labs: readonly LabNames[]): Candidate[] {
  const named = labs.map(({ lab }) => ({ value: lab, about: 'lab' }))
  if (!argument.variadic) return named
  const insideOf = ({ nodes, pods }: LabNames): Candidate[] => [
    ...nodes.map((value) => ({ value, about: 'node' })),
    ...pods.map((value) => ({ value, about: 'pod' })),
  ]
  if (first === undefined) return [...named, ...(labs.length === 1 ? labs.flatMap(insideOf) : [])]
  const lab = labs.find((each) => each.lab === first)
  return lab !== undefined && rest.length === 0 ? insideOf(lab) : []
}
