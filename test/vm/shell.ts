// `make vm`: a shell in the virtual machine, on this terminal. The machine ends with the shell.
import { bootMachine } from './machine.ts'

const [kernel = 'oldest'] = process.argv.slice(2)
if (kernel !== 'oldest' && kernel !== 'newer') {
  console.error(`there is no kernel ${kernel}; there are oldest and newer`)
  process.exit(2)
}
await bootMachine({ kernel, start: 'setsid /run/busybox cttyhack bash -l' })
