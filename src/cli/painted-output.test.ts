import { expect, it } from 'vitest'
import type { Paint } from './paint.ts'
import { paintLabResult, paintStatus } from './painted-output.ts'

/** Colours that can be read. */
const paint: Paint = {
  good: (text) => `<good ${text}>`,
  bad: (text) => `<bad ${text}>`,
  warning: (text) => `<warning ${text}>`,
  faint: (text) => `<faint ${text}>`,
}

it('the result of a lab is painted where it is good or not', () => {
  const result = `from \\ to  aws-1-a  gcp-1-a
aws-1-a          -      3/4
gcp-1-a          4        -

3 of 4 pairs arrived: echo
  aws-1-a -> gcp-1-a IPv4 echo: no answer
across the internet: 9 bytes
0 packets in the clear`
  expect(paintLabResult(result, paint)).toBe(`from \\ to  aws-1-a  gcp-1-a
aws-1-a          -      <bad 3/4>
gcp-1-a          4        -

<bad 3 of 4 pairs arrived>: echo
<bad   aws-1-a -> gcp-1-a IPv4 echo>: no answer
across the internet: 9 bytes
<good 0 packets in the clear>`)
  expect(paintLabResult('40 of 40 pairs arrived: x\n2 packets in the clear', paint)).toBe(
    '<good 40 of 40 pairs arrived>: x\n<bad 2 packets in the clear>',
  )
  expect(paintLabResult('4 of 40 pairs arrived: x', paint)).toBe('<bad 4 of 40 pairs arrived>: x')
})

it('a status is painted where somebody should look', () => {
  const status = `ready        no
converged    no

not ready
  no handshake

drift: 2 put back
  5 s ago  create  route 218 10.42.4.0/23

notes
  warning  something is odd`
  expect(paintStatus(status, paint)).toBe(`ready        <bad no>
converged    <warning no>

<bad not ready>
  no handshake

<warning drift: 2 put back>
  5 s ago  create  route 218 10.42.4.0/23

notes
<warning   warning>  something is odd`)
  expect(paintStatus('ready        yes\ndrift: 0 put back', paint)).toBe('ready        <good yes>\ndrift: 0 put back')
})
