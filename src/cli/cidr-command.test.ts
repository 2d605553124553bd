import { describe, expect, test } from 'vitest'
import { cidrCommand } from './cidr-command.ts'

function run(line: string): { out: string; err: string; code: number | undefined } {
  let out = ''
  let err = ''
  let code: number | undefined
  const command = cidrCommand({
    print: (text) => {
      out += text
    },
    setExitCode: (given) => {
      code = given
    },
  })
  command.configureOutput({
    writeErr: (text) => {
      err += text
    },
  })
  command.parse(line.split(' '), { from: 'user' })
  return { out, err, code }
}

describe('damask cidr', () => {
  test.each([
    ['show 10.4.0.0/14', 'prefix 10.4.0.0/14\nfamily 4\nfirst  10.4.0.0\nlast   10.7.255.255\nsize   262144'],
    [
      'show fd00::/8 -o json',
      '{"prefix":"fd00::/8","family":6,"first":"fd00::","last":"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff","size":"1329227995784915872903807060280344576"}',
    ],
    ['subtract 10.0.0.0/14 10.1.0.0/16', '10.0.0.0/16\n10.2.0.0/15'],
    ['subtract 10.0.0.0/14 10.1.0.0/16 10.2.0.0/16 -o json', '["10.0.0.0/16","10.3.0.0/16"]'],
    ['subtract 10.0.0.0/16 10.1.0.0/16 --less 10.0.0.0/17', '10.0.128.0/17\n10.1.0.0/16'],
    ['subtract 10.0.0.0/16 10.0.0.0/8', ''],
    ['merge 10.1.0.0/16 10.0.0.0/16 10.0.3.0/24', '10.0.0.0/15'],
    ['nth 10.4.1.0/24 1', '10.4.1.1'],
    ['nth fd00::/64 18446744073709551615', 'fd00::ffff:ffff:ffff:ffff'],
  ])('%s', (line, out) => {
    expect(run(line)).toEqual({ out, err: '', code: 0 })
  })

  test.each([
    ['contains 10.0.0.0/8 10.4.0.0/14', 'true', 0],
    ['contains 10.0.0.0/8 10.1.2.3', 'true', 0],
    ['contains 10.4.0.0/14 10.0.0.0/8', 'false', 1],
    ['contains 10.4.0.0/14 10.0.0.0/8 -o json', 'false', 1],
    ['overlaps 10.4.0.0/14 10.0.0.0/8', 'true', 0],
    ['overlaps 10.0.0.0/8 fd00::/8', 'false', 1],
  ])('%s says %s, and so does its exit code %d', (line, out, code) => {
    expect(run(line)).toEqual({ out, err: '', code })
  })

  test.each([
    ['show 10.1.2.3/8', '10.1.2.3/8 has host bits set; did you mean 10.0.0.0/8?\n'],
    [
      'contains 10.0.0.0/8 10.0.0.0/33',
      '"10.0.0.0/33" is not a prefix: its length "33" is not a decimal number from 0 to 32\n',
    ],
    ['subtract 10.0.0.0/8', 'there is nothing to take away from 10.0.0.0/8; name a second prefix, or use --less\n'],
    ['nth 10.0.0.0/31 2', '10.0.0.0/31 has no address number 2: it has 2, counted from 0\n'],
    ['nth 10.0.0.0/31 x', '"x" is not the number of an address; write a decimal number, 0 for the first\n'],
  ])('%s is refused in one sentence with exit code 2', (line, err) => {
    expect(run(line)).toEqual({ out: '', err, code: 2 })
  })

  test('the example in the help of each subcommand is what it really prints', () => {
    for (const subcommand of cidrCommand({ print: () => {}, setExitCode: () => {} }).commands) {
      let help = ''
      subcommand.configureOutput({
        writeOut: (text) => {
          help += text
        },
      })
      subcommand.outputHelp()
      const examples = help.slice(help.indexOf('Example:')).split('$ damask cidr ').slice(1)
      expect(examples.length, subcommand.name()).toBeGreaterThan(0)
      for (const example of examples) {
        const [line = '', ...printed] = example
          .split('\n')
          .map((text) => text.replace(/^ {2}/, ''))
          .filter((text) => text.trim() !== '')
        expect(run(line).out, line).toBe(printed.join('\n'))
      }
    }
  })
})
