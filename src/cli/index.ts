// Cli: the commands. Each is a file that makes one Command of what it is handed; main.ts alone knows the machine.
// Never: decide anything about the network; it asks the other rooms and prints. Heavy rooms are loaded with their command.
export { COMMANDS, type CommandEntry, type Machine } from './commands.ts'
export { runProgram } from './program.ts'
export type { Terminal } from './terminal.ts'
